internal import ArgumentParser

/// A span of time as people write it: `90s`, `15m`, `1h30m`, `7d`, or ISO 8601 as in `P1DT2H30M`.
struct TimeSpan: ExpressibleByArgument, Hashable, Sendable {
    var milliseconds: Int64

    init?(argument: String) {
        guard let milliseconds = argument.first == "P" ? Self.iso(argument) : HumanUnits.milliseconds(argument) else {
            return nil
        }
        self.milliseconds = milliseconds
    }

    /// Weeks and days, then behind a `T` hours, minutes and seconds; each at most once, in this order.
    private static func iso(_ text: String) -> Int64? {
        var rest = text.dropFirst()
        var left: [(Character, Int64)] = [("W", 604_800_000), ("D", 86_400_000)]
        var total: Int64 = 0
        var isEmpty = true
        var isTime = false
        while !rest.isEmpty {
            if rest.first == "T", !isTime {
                isTime = true
                left = [("H", 3_600_000), ("M", 60_000), ("S", 1_000)]
                rest.removeFirst()
                isEmpty = true
                continue
            }
            guard let end = rest.firstIndex(where: { !$0.isNumber }),
                let unit = left.firstIndex(where: { $0.0 == rest[end] }),
                let span = count(rest[..<end], of: left[unit].1)
            else { return nil }
            let (sum, isTooLong) = total.addingReportingOverflow(span)
            guard !isTooLong else { return nil }
            total = sum
            left.removeSubrange(...unit)
            rest = rest[rest.index(after: end)...]
            isEmpty = false
        }
        return isEmpty ? nil : total
    }

    private static func count(_ digits: Substring, of length: Int64) -> Int64? {
        guard let number = Int64(digits), number >= 0 else { return nil }
        let (span, isTooLong) = number.multipliedReportingOverflow(by: length)
        return isTooLong ? nil : span
    }
}
