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
        var object: [(String, JSONText)] = [
            ("time", .number(World.system.wallMilliseconds())), ("level", .string(event.level.rawValue)),
            ("logger", .string(label)), ("message", .string(event.message.description)),
        ]
        let merged = metadata.merging(event.metadata ?? [:]) { _, new in new }
        object += merged.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value.description)) }
        StandardStream.error.writeLine(JSONText.object(object).description)
    }
}
