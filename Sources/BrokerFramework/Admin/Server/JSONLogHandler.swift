internal import BrokerWorld
internal import Logging

/// Writes log lines to stderr as one JSON object each.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    private let label: String

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var members: [JSONValue.Member] = [
            .init(name: "time", value: .integer(World.system.wallMilliseconds())),
            .init(name: "level", value: .string(event.level.rawValue)), .init(name: "logger", value: .string(label)),
            .init(name: "message", value: .string(event.message.description)),
        ]
        let merged = metadata.merging(event.metadata ?? [:]) { _, new in new }
        members += merged.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value.description)) }
        Output.standardError(JSONValue.object(members).description)
    }
}
