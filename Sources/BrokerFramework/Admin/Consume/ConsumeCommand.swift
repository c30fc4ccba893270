public import ArgumentParser
internal import BrokerClient
internal import BrokerModel
internal import NIOCore

/// `consume`: writes a topic's records to standard output.
public struct ConsumeCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "consume", abstract: "Read records of a topic.",
        discussion: """
            Begins at the beginning and waits for more at the end, until stopped or until \
            --count or --exit says so. No consumer group is involved: nothing is remembered, \
            and nobody else is disturbed.

            PLACES TO BEGIN (--from)
              beginning, end     the first record there is, or the next one to come
              42                 an offset
              -10                so many records before the end of each partition
              @2026-03-01        a time, as ISO 8601 or milliseconds since 1970

            FORMATS (--format), as in kcat
              %t topic, %p partition, %o offset, %T timestamp, %D the same as a date
              %k key, %s value, %K and %S their lengths (-1 for null), %h headers
              %R the value's length as four bytes, %% a percent sign, \\n \\t \\xNN

            EXAMPLES
              broker consume orders --exit               # all there is
              broker consume orders --from end           # watch what comes
              broker consume orders --from -10 --exit    # the last ten per partition
              broker consume orders --from @2026-03-01T12:00:00Z --count 1
              broker consume orders -f '%p/%o %D %k=%s\\n'
              broker consume orders --exit --output json | jq -r .value
            """)

    @Argument(help: "The topic's name.")
    var topic: String
    @Option(name: [.short, .long], help: "A partition to read; may be repeated. All if left out.")
    var partition: [Int32] = []
    @Option(
        name: [.customShort("o"), .long], parsing: .unconditional,
        help: ArgumentHelp("Where to begin; see above.", valueName: "place"))
    var from: StartPosition = .beginning
    @Option(name: [.short, .long], help: ArgumentHelp("Stop after so many records.", valueName: "number"))
    var count: Int?
    @Flag(name: [.short, .long], help: "Stop at what is the end when the command starts.")
    var exit = false
    @Option(
        name: [.customShort("K"), .long],
        help: ArgumentHelp("Write the key and this text before each value.", valueName: "text"))
    var keySeparator: String?
    @Option(
        name: [.customShort("D"), .long], help: ArgumentHelp("What to write after each record.", valueName: "text"))
    var delimiter: String = "\\n"
    @Flag(help: "Write each record's time first.")
    var timestamps = false
    @Flag(help: "Write each record's headers before its value.")
    var headers = false
    @Flag(name: [.customShort("Z"), .long], help: "Write NULL where a key or value is null.")
    var tombstones = false
    @Option(name: [.short, .long], help: ArgumentHelp("How to write a record; see above.", valueName: "format"))
    var format: String?
    @Flag(help: "Leave out records of open and aborted transactions.")
    var committed = false
    @Option(help: "How to write records: text, or json for a line each that 'produce --input json' reads.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func validate() throws {
        if let count, count < 0 { throw ValidationError("--count must not be negative.") }
        if partition.contains(where: { $0 < 0 }) { throw ValidationError("--partition must not be negative.") }
        if output == .json, format != nil { throw ValidationError("--format and --output json exclude each other.") }
        if format != nil, keySeparator != nil || timestamps || headers {
            throw ValidationError("--format says everything: leave out -K, --timestamps and --headers.")
        }
        _ = try recordFormat()
    }

    /// What the options amount to as a format.
    private func recordFormat() throws -> RecordFormat {
        var text = format ?? ""
        if format == nil {
            if timestamps { text += "%D " }
            if headers { text += "%h " }
            if let keySeparator { text += "%k" + Self.escaped(keySeparator) }
            text += "%s" + Self.escaped(delimiter)
        }
        do throws(RecordFormat.Unknown) { return try RecordFormat(text, null: tombstones ? "NULL" : "") } catch {
            throw ValidationError("The format has no sequence '\(error.sequence)'.")
        }
    }

    private static func escaped(_ text: String) -> String {
        text.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
    }

    public func run() async throws {
        let format = try recordFormat()
        // A reader must not make the topic it looks for.
        try await connection.withCluster(adjust: { $0.allowsAutoTopicCreation = false }) { cluster in
            let partitions = try await chosenPartitions(cluster)
            let (starts, ends) = try await bounds(partitions, cluster)
            var configuration = ConsumerConfiguration()
            configuration.isolation = committed ? .readCommitted : .readUncommitted
            // An offset that is named is meant; any other place may be gone by the time it is read.
            configuration.offsetReset = if case .offset = from { .none } else { .earliest }
            configuration.maximumPollRecordCount = 4_096
            let consumer = Consumer(
                cluster: cluster, configuration: configuration, codecs: AdminPlugins.current.codecs)
            await consumer.assign(partitions)
            for partition in partitions {
                if let start = starts[partition] { try await consumer.seek(partition, to: start) }
            }
            var writer = RecordWriter(format: output == .json ? nil : format)
            try await read(consumer, ends: ends, into: &writer)
            await consumer.close()
        }
    }

    private func read(
        _ consumer: Consumer, ends: [TopicPartition: Offset], into writer: inout RecordWriter
    ) async throws {
        var progress = Progress()
        var open = Set(ends.keys)
        var written = 0
        let limit = count ?? .max
        while written < limit {
            for partition in open.sorted() {
                guard let position = await consumer.position(partition), let end = ends[partition] else { continue }
                if position >= end { open.remove(partition) }
            }
            if exit, open.isEmpty { break }
            let records: [ConsumerRecord]
            do throws(ClientError) { records = try await consumer.poll(timeoutMilliseconds: 1_000) } catch {
                writer.flush()
                throw error
            }
            for record in records {
                let partition = TopicPartition(topic: record.topic, partition: record.partition)
                // What came after the start is not part of "all there is".
                if exit, record.offset >= ends[partition] ?? .max { continue }
                writer.write(record)
                written += 1
                if written >= limit { break }
            }
            writer.flush()
            progress.report("\(written) records read")
        }
        writer.flush()
    }

    private func chosenPartitions(_ cluster: Cluster) async throws(ClientError) -> [TopicPartition] {
        let known = try await AdminClient(cluster: cluster).describeTopic(topic)
        if let missing = partition.first(where: { known[$0] == nil }) {
            throw ClientError(
                .invalidArgument,
                "topic '\(topic)' has no partition \(missing); it has 0 to \(known.partitions.count - 1)")
        }
        let chosen = partition.isEmpty ? known.partitions.map(\.index) : partition
        return Set(chosen).sorted().map { TopicPartition(topic: topic, partition: $0) }
    }

    /// Where to begin, and where the end is now if that matters.
    private func bounds(
        _ partitions: [TopicPartition], _ cluster: Cluster
    ) async throws(ClientError) -> ([TopicPartition: SeekPosition], [TopicPartition: Offset]) {
        let admin = AdminClient(cluster: cluster)
        var starts: [TopicPartition: SeekPosition] = [:]
        var ends: [TopicPartition: Offset] = [:]
        if exit || from.dependsOnEnd {
            let specs = Dictionary(uniqueKeysWithValues: partitions.map { ($0, OffsetSpec.latest) })
            let isolation: IsolationLevel = committed ? .readCommitted : .readUncommitted
            for (partition, found) in try await admin.listOffsets(specs, isolation: isolation) {
                ends[partition] = found.offset ?? 0
            }
        }
        if case .offset(let offset) = from { try await check(offset, partitions, ends, admin) }
        for partition in partitions {
            starts[partition] =
                switch from {
                case .beginning: .beginning
                case .end: .offset(ends[partition] ?? 0)
                case .offset(let offset): .offset(offset)
                case .last(let count): .offset(max(0, (ends[partition] ?? 0) &- count))
                case .timestamp(let time): .timestamp(time)
                }
        }
        return (starts, exit ? ends : [:])
    }

    /// An offset that is named is meant; one outside of the log is a mistake, which silence would hide.
    private func check(
        _ offset: Offset, _ partitions: [TopicPartition], _ ends: [TopicPartition: Offset], _ admin: AdminClient
    ) async throws(ClientError) {
        let specs = Dictionary(uniqueKeysWithValues: partitions.map { ($0, OffsetSpec.earliest) })
        let starts = try await admin.listOffsets(specs)
        for partition in partitions {
            guard let start = starts[partition]?.offset, let end = ends[partition],
                !(start...max(start, end)).contains(offset)
            else { continue }
            throw ClientError(
                .offsetOutOfRange,
                "\(partition) has records from offset \(start) up to, not including, \(end); \(offset) is outside")
        }
    }
}

/// Writes records to standard output as text or JSON.
private struct RecordWriter: ~Copyable {
    private let format: RecordFormat?
    private var output = Output()
    private var line = ByteBuffer()

    init(format: RecordFormat?) { self.format = format }

    mutating func write(_ record: ConsumerRecord) {
        guard let format else { return output.line("\(RecordJSON.line(record))") }
        line.clear()
        format.write(record, to: &line)
        output.write(line)
    }

    mutating func flush() { output.flush() }
}
