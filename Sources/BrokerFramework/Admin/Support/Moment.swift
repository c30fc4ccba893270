internal import ArgumentParser
internal import BrokerModel
internal import BrokerWorld

/// A point in time on the command line, with or without an `@` before it.
struct Moment: ExpressibleByArgument, Hashable, Sendable {
    var timestamp: Timestamp

    init?(argument: String) { self.init(argument, now: World.system.wallMilliseconds()) }

    /// What `Timestamps.parse` takes, and relative to `now`: `now`, `today`, `yesterday` (midnight, UTC), `-90m`, `-2d`,
    /// `+10s`.
    init?(_ text: String, now: Timestamp) {
        let text = text.hasPrefix("@") ? String(text.dropFirst()) : text
        let day: Int64 = 86_400_000
        switch text {
        case "now": timestamp = now
        case "today": timestamp = now / day * day
        case "yesterday": timestamp = (now / day - 1) * day
        default:
            if text.hasPrefix("-"), let ago = HumanUnits.milliseconds(String(text.dropFirst())) {
                timestamp = max(0, now - ago)
                return
            }
            if text.hasPrefix("+"), let later = HumanUnits.milliseconds(String(text.dropFirst())) {
                timestamp = later > Timestamp.max - now ? .max : now + later
                return
            }
            guard let time = Timestamps.parse(text) else { return nil }
            timestamp = time
        }
    }
}
