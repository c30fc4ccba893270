public import ArgumentParser
internal import BrokerCommitLog
internal import BrokerMetadata
internal import BrokerModel
internal import BrokerPluginAPI
internal import BrokerRuntime
internal import BrokerWire
internal import NIOCore

/// `broker dump-log`: prints and verifies the files of a data directory.
public struct DumpLogCommand<Composition: BrokerComposition>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "dump-log", abstract: "Print and verify files of a data directory.",
            discussion: """
                Takes any file that Kafka or this broker writes: segments (.log), indexes (.index, .timeindex, \
                .txnindex), producer snapshots (.snapshot), metadata snapshots (.checkpoint), checkpoints, \
                leader-epoch-checkpoint, partition.metadata, quorum-state, meta.properties. Nothing is changed. \
                What is wrong is printed as a line that begins with 'problem', and makes the exit code 1.

                EXAMPLES
                  broker dump-log data/orders-0/00000000000000000000.log --records
                  broker dump-log data/__cluster_metadata-0/*.log --records --output json
                """)
    }

    @Argument(help: "The files.", completion: .file())
    var files: [String]

    @Flag(help: "Print the records, not only the batches.")
    var records = false

    @Option(help: "The form of the lines.")
    var output = OutputFormat.text

    public init() {}

    public func run() async throws {
        var problems = 0
        var lines = Output()
        for file in files {
            if files.count > 1, output == .text { lines.line("== \(file)") }
            problems += try inspect(file, &lines)
        }
        lines.flush()
        if problems > 0 { throw ExitCode.failure }
    }

    private func inspect(_ path: String, _ lines: inout Output) throws -> Int {
        let plugins = try BrokerPlugins(BrokerConfig(layers: [], plugins: AdminPlugins.current))
        let codecs = TopicCodecs(CodecRegistry(plugins.codecs))
        do {
            let (storage, name) = try Self.place(of: path, plugins)
            var inspector = LogInspector(storage)
            inspector.showsRecords = records
            inspector.decompress = { BatchAdmission(codecs: codecs).decompressed($0) }
            if Self.isMetadata(path) { inspector.describe = Self.describe }
            return try inspector.inspect(name) { line in
                lines.line(output == .json ? line.json : line.text)
            }
        } catch {
            throw CommandFailure("\(path): \(error)", kind: .inputOutput)
        }
    }

    /// The storage that a file is in, and its path there. What topics have in a storage of their own is below
    /// `storage/<name>` of the log directory.
    private static func place(
        of path: String, _ plugins: BrokerPlugins
    ) throws(StorageError) -> (any StorageBackend, path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        for index in parts.indices.dropLast(2) where parts[index] == "storage" {
            let name = String(parts[index + 1])
            guard AdminPlugins.current[.storage, name] != nil else { continue }
            return (
                try plugins.topicStorages.open(name, at: parts[...(index + 1)].joined(separator: "/")),
                parts[(index + 2)...].joined(separator: "/")
            )
        }
        let directory = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/")
        return (try plugins.storage(directory.isEmpty ? "/" : directory), String(parts.last ?? ""))
    }

    private static func isMetadata(_ path: String) -> Bool {
        path.contains(TopicName.clusterMetadata) || path.hasSuffix(".checkpoint")
    }

    /// A record of the metadata log in words; nil for a control record.
    private static func describe(_ record: Record) -> String? {
        guard record.key == nil, let value = record.value,
            let decoded = try? MetadataRecord.decodeFramed(value)
        else { return nil }
        let record = withoutSecret(decoded.record)
        return "\(type(of: record.content)) v\(decoded.version) \(RecordText(record.content))"
    }

    /// What nobody is told who asks a broker is not told here either.
    private static func withoutSecret(_ record: MetadataRecord) -> MetadataRecord {
        guard case .config(var config) = record, config.value != nil else { return record }
        let definition = [Known.schemas.topic, Known.schemas.broker].lazy.compactMap { $0[config.name] }.first
        guard definition?.type == .password else { return record }
        config.value = "(secret)"
        return .config(config)
    }
}

private enum Known {
    // Made once: it is asked about every record.
    static let schemas = AdminPlugins.schemas
}

/// The fields of a message as `name=value`, without those that are empty.
private struct RecordText: CustomStringConvertible {
    let description: String

    init(_ message: Any) {
        let fields = Mirror(reflecting: message).children.compactMap { child -> String? in
            guard let name = child.label, name != "unknownTaggedFields" else { return nil }
            return Self.text(child.value).map { "\(name)=\($0)" }
        }
        description = fields.joined(separator: " ")
    }

    private static func text(_ value: Any) -> String? {
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional: return mirror.children.first.flatMap { text($0.value) }
        case .collection:
            let items = mirror.children.compactMap { text($0.value) }
            return items.isEmpty ? nil : "[" + items.joined(separator: ", ") + "]"
        case .struct where !(value is any CustomStringConvertible): return "{" + RecordText(value).description + "}"
        default: return "\(value)"
        }
    }
}
