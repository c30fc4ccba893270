internal import ArgumentParser

/// `key=value` for a configuration; durations and sizes may have units, as in `retention.ms=7d`.
struct ConfigSetting: ExpressibleByArgument, Hashable, Sendable {
    var key: String
    /// As Kafka takes it.
    var value: String

    init?(argument: String) {
        guard let pair = KeyValue(argument: argument) else { return nil }
        key = pair.name
        value = HumanUnits.plain(pair.value, for: pair.name)
    }

    static var defaultCompletionKind: CompletionKind { .custom(Candidates.settings) }
}
