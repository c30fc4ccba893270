public import ArgumentParser
internal import BrokerClient
internal import BrokerModel
internal import BrokerWorld
internal import NIOCore

/// `consume`: writes a topic's records to standard output.
public struct ConsumeCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "consume", abstract: "Read records of a topic.",
        discussion: """
            Begins at the beginning and waits for more at the end, until stopped or until \
            --count or --exit says so. Without --group nothing is remembered, and nobody else is \
            disturbed. With it, what was written is committed for the group, the next reader \
            goes on from there, and several at once share the topic.

            PLACES TO BEGIN (--from, -o)
              beginning, end     the first record there is, or the next one to come
              42                 an offset
              -10                so many records before the end of each partition
              @2026-03-01        a time: ISO 8601 (UTC unless it says so), milliseconds since \
            1970, @-90m, @-2d, @+10s, @now, @today, @yesterday; s@ is the same
              e@…                a time to end at, as --until

            FORMATS (--format, -f), as in kcat
              %t topic, %p partition, %o offset, %T timestamp, %D the same as a date
              %k key, %s value, %K and %S their lengths (-1 for null), %h headers
              %R the value's length as four bytes, %% a percent sign, \\n \\t \\r \\xNN

            Control-C ends in order, after a whole record, with exit code 130. Without a broker for as \
            long as --timeout says, a reader that was to end fails, and any other says once that it waits.

            EXAMPLES
              broker consume orders --exit               # all there is
              broker consume orders --from end           # watch what comes
              broker consume orders -o -10 -e            # the last ten per partition
              broker consume orders -o @-1h --until now  # the last hour
              broker consume orders --from @2026-03-01T12:00:00Z --count 1
              broker consume orders -f '%p/%o %D %k=%s\\n'
              broker consume orders --exit --output json | jq -r .value
              broker consume orders --group billing      # in two terminals: each gets a part
            """)

    @Argument(help: "The topic's name.", completion: .custom(Candidates.topics))
    var topic: String
    @Option(name: [.short, .long], help: "A partition to read; may be repeated. All if left out.")
    var partition: [Int32] = []
    @Option(
        name: [.customShort("o"), .long], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Where to begin; see above. The beginning if left out.", valueName: "place"))
    var from: [ConsumePlace] = []
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Stop in each partition at the first record that is so young or younger.", valueName: "time"))
    var until: Moment?
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
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Read as a member of this consumer group and commit what was written.", valueName: "name"),
        completion: .custom(Candidates.groups))
    var group: String?
    @Option(
        help: ArgumentHelp(
            "How the group shares out partitions: range, roundrobin, sticky or cooperative-sticky; may be repeated, the most wanted one first. All members need one in common; Kafka's clients know range and cooperative-sticky.",
            valueName: "name"))
    var assignor: [GroupAssignor] = []
    @Option(help: "How to write records: text, or json for a line each that 'produce --input json' reads.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func validate() throws {
        if let count, count < 0 { throw ValidationError("--count must not be negative.") }
        if partition.contains(where: { $0 < 0 }) { throw ValidationError("--partition must not be negative.") }
        if group != nil {
            if !partition.isEmpty { throw ValidationError("A group shares all partitions: leave out --partition.") }
            let places: [ConsumePlace] = [.start(.beginning), .start(.end), .stored]
            guard from.count <= 1, from.allSatisfy(places.contains), until == nil else {
                throw ValidationError(
                    "A group goes on where it was; --from beginning or end says where it starts if that is nowhere. Move it with 'broker groups reset-offsets'."
                )
            }
        }
        if group == nil, !assignor.isEmpty { throw ValidationError("--assignor is for a --group.") }
        if output == .json, format != nil { throw ValidationError("--format and --output json exclude each other.") }
        if format != nil, keySeparator != nil || timestamps || headers {
            throw ValidationError("--format says everything: leave out -K, --timestamps and --headers.")
        }
        _ = try recordFormat()
        _ = try place()
    }

    /// Where to begin, and the time at which to end if there is one.
    private func place() throws -> (start: StartPosition, stop: Timestamp?) {
        var starts: [StartPosition] = []
        var stops = until.map { [$0.timestamp] } ?? []
        for place in from {
            switch place {
            case .start(let start): starts.append(start)
            case .stop(let time): stops.append(time)
            case .stored:
                guard group != nil else {
                    throw ValidationError("Only a group remembers where it was: 'stored' needs --group.")
                }
            }
        }
        guard starts.count <= 1 else { throw ValidationError("--from says more than one place to begin.") }
        guard stops.count <= 1 else { throw ValidationError("More than one time to end at is given.") }
        return (starts.first ?? .beginning, stops.first)
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
        if let group { return try await run(in: group, format) }
        let (start, stop) = try place()
        try await connection.withCluster(topics: [topic], isStream: true) { cluster in
            let partitions = try await chosenPartitions(cluster)
            Interruption.listen()
            let bounds = PartitionBounds(
                partitions: partitions, isolation: committed ? .readCommitted : .readUncommitted,
                admin: AdminClient(cluster: cluster))
            let (starts, ends) = try await bounds.find(start: start, endsAtEnd: exit)
            var configuration = ConsumerConfiguration()
            configuration.isolation = committed ? .readCommitted : .readUncommitted
            // An offset that is named is meant; any other place may be gone by the time it is read.
            configuration.offsetReset = if case .offset = start { .none } else { .earliest }
            configuration.maximumPollRecordCount = 4_096
            let consumer = Consumer(
                cluster: cluster, configuration: configuration, codecs: AdminPlugins.codecs)
            await consumer.assign(partitions)
            for partition in partitions {
                if let start = starts[partition] { try await consumer.seek(partition, to: start) }
            }
            var writer = RecordWriter(format: output == .json ? nil : format)
            try await read(consumer, bounds, ends: ends, stop: stop, into: &writer)
            await consumer.close()
            try Interruption.check()
        }
    }

    /// - Parameters:
    ///   - ends: the offsets at which to stop, where there are such.
    ///   - stop: the age of a record at which to stop its partition, now or later.
    private func read(
        _ consumer: Consumer, _ bounds: PartitionBounds, ends: [TopicPartition: Offset], stop: Timestamp?,
        into writer: inout RecordWriter
    ) async throws {
        var progress = Progress()
        var patience = Patience(connection, mustEnd: exit || count != nil || stop != nil)
        var open = Set(bounds.partitions)
        var ends = ends
        var awaited = stop
        var written = 0
        let limit = count ?? .max
        while written < limit, !Interruption.isRequested {
            if let time = awaited, time <= World.system.wallMilliseconds() {
                // No record that belongs here is still to come.
                ends.merge(try await bounds.ends(at: time), uniquingKeysWith: min)
                awaited = nil
            }
            for partition in open.sorted() {
                guard let end = ends[partition], let position = await consumer.position(partition) else { continue }
                if position >= end { open.remove(partition) }
            }
            if open.isEmpty { break }
            let records: [ConsumerRecord]
            do throws(ClientError) {
                records = try await consumer.poll(timeoutMilliseconds: Interruption.lookMilliseconds)
            } catch {
                writer.flush()
                throw error
            }
            for record in records {
                let partition = TopicPartition(topic: record.topic, partition: record.partition)
                // What came after the start is not part of "all there is".
                guard open.contains(partition), record.offset < ends[partition] ?? .max else { continue }
                if let stop, record.timestamp >= stop {
                    open.remove(partition)
                    continue
                }
                writer.write(record)
                written += 1
                if written >= limit { break }
            }
            writer.flush()
            progress.report("\(written) records read")
            try await patience.check(consumer)
        }
        writer.flush()
    }

    private func chosenPartitions(_ cluster: Cluster) async throws -> [TopicPartition] {
        let known = try await AdminClient(cluster: cluster).describeTopic(topic)
        if let missing = partition.first(where: { known[$0] == nil }) {
            throw CommandFailure(
                "Topic '\(topic)' has no partition \(missing).", kind: .notFound,
                advice: "It has partitions 0 to \(known.partitions.count - 1).")
        }
        let chosen = partition.isEmpty ? known.partitions.map(\.index) : partition
        return Set(chosen).sorted().map { TopicPartition(topic: topic, partition: $0) }
    }
}

/// Writes records to standard output as text or JSON.
struct RecordWriter: ~Copyable {
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
