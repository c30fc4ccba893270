public import ArgumentParser
internal import BrokerClient
internal import BrokerModel
internal import BrokerPluginAPI
internal import BrokerPrimitives
internal import NIOCore
internal import Synchronization

/// `produce`: writes records from standard input to a topic.
public struct ProduceCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "produce", abstract: "Write records to a topic, one per line of standard input.",
        discussion: """
            A line is a record's value; with -K it is a key, the separator and a value. With \
            --input json a line is an object as 'broker consume --output json' or 'kcat -J' \
            writes it, so that topics can be copied through a pipe: keys, values, headers and \
            timestamps come out as they went in, binary ones and nulls, too.

            Records with the same key go to the same partition, in order. Delivery is \
            idempotent: a record is written once, however often the connection fails on the way. \
            Control-C delivers what was read and ends with exit code 130. A line may have 64 MiB; how \
            large a record may be is for the topic's max.message.bytes to say.

            EXAMPLES
              echo hello | broker produce greetings
              printf 'alice:1\\nbob:2\\n' | broker produce scores -K :
              echo 'alice:' | broker produce scores -K : -Z    # a tombstone for alice
              broker produce logs --compression zstd < app.log
              broker consume orders -e --output json | broker produce copy --input json
              echo '{"key":"k","value":"v","headers":{"h":"1"}}' | broker produce scores --input json
            """)

    /// The longest input line: 64 MiB.
    private static let maximumLineByteCount = 64 << 20

    /// How input lines are read.
    public enum InputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
        case text
        case json
    }

    @Argument(help: "The topic's name.", completion: .custom(Candidates.topics))
    var topic: String
    @Option(name: [.short, .long], help: "The partition; chosen by the key if left out.")
    var partition: Int32?
    @Option(name: [.short, .long], help: "The key of records that have none of their own.")
    var key: String?
    @Option(
        name: [.customShort("K"), .long],
        help: ArgumentHelp("What separates key and value; \\t and \\xNN are understood.", valueName: "text"))
    var keySeparator: String?
    @Option(
        name: [.customShort("D"), .long],
        help: ArgumentHelp("What ends a record: a line break if left out.", valueName: "text"))
    var delimiter: String = "\\n"
    @Option(
        name: [.customShort("H"), .long],
        help: ArgumentHelp("A header for every record; may be repeated.", valueName: "key=value"))
    var header: [KeyValue] = []
    @Flag(name: [.customShort("Z"), .long], help: "Take empty values as null (tombstones), and empty keys as no key.")
    var tombstones = false
    @Option(help: "How input lines are read: text or json.")
    var input: InputFormat = .text
    @Flag(help: "With --input json, keep each line's partition.")
    var keepPartitions = false
    @Flag(help: "With --input json, give records the present time instead of each line's timestamp.")
    var newTimestamps = false
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The time of records that have none of their own, as 'broker consume --from' takes it.",
            valueName: "time"))
    var timestamp: Moment?
    @Option(name: [.short, .long], help: ArgumentHelp("Stop after so many records.", valueName: "number"))
    var count: Int?
    @Option(
        name: [.customShort("z"), .long],
        help: ArgumentHelp("none, gzip, snappy, lz4, zstd, or a codec plug-in.", valueName: "codec"),
        completion: .custom { _, _, _ in ["none"] + AdminPlugins.current.all(.codec).map(\.name) })
    var compression: String = "none"
    @Option(help: ArgumentHelp("The codec's level; its default if left out.", valueName: "number"))
    var compressionLevel: Int?
    @Option(help: ArgumentHelp("Who must have a record: all, 1 (the leader) or 0 (nobody).", valueName: "all|1|0"))
    var acks: String = "all"
    @Option(
        help: ArgumentHelp(
            "How partitions are chosen; the topic's own partitioner if left out. See 'broker plugins list'.",
            valueName: "name"), completion: .custom(Candidates.partitioners))
    var partitioner: String?
    @Option(help: "How to answer: text (a summary on standard error) or json (a line per record).")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func validate() throws {
        if let partition, partition < 0 { throw ValidationError("--partition must not be negative.") }
        if delimiter.isEmpty { throw ValidationError("--delimiter must be at least one byte.") }
        if let count, count < 0 { throw ValidationError("--count must not be negative.") }
        if keySeparator?.isEmpty ?? false { throw ValidationError("-K needs at least one character.") }
        _ = try codec()
        _ = try acknowledgements()
        if let partitioner, AdminPlugins.current[.partitioner, partitioner] == nil {
            throw ValidationError(AdminPlugins.current.unknown(.partitioner, partitioner))
        }
    }

    public func run() async throws {
        try await connection.withCluster(topics: [topic], mayCreate: true, isStream: true) { cluster in
            try await findTopic(cluster)
            Interruption.listen()
            if Terminal.isInputTerminal { Output.note("Type a record per line; end with Control-D.") }
            var configuration = ProducerConfiguration()
            configuration.acknowledgements = try acknowledgements()
            configuration.isIdempotent = configuration.acknowledgements == .all
            configuration.compressionLevel = compressionLevel
            configuration.batchByteCount = 1 << 17
            // How large a record may be is for the topic to say; this bounds what one line makes of memory.
            configuration.maximumRecordByteCount = Self.maximumLineByteCount + (1 << 20)
            configuration.deliveryTimeoutMilliseconds = cluster.configuration.operationTimeoutMilliseconds
            configuration.maximumBlockMilliseconds = cluster.configuration.operationTimeoutMilliseconds
            let producer = try await makeProducer(cluster, configuration)
            let tally = Tally(isListing: output == .json)
            do { try await feed(producer, tally) } catch {
                await producer.close()
                tally.flush()
                throw error
            }
            await producer.close()
            try tally.finish(topic: topic)
            try Interruption.check()
        }
    }

    /// The topic is made by the broker if it does that, which is told; if not, say so before anything is typed.
    private func findTopic(_ cluster: Cluster) async throws {
        let admin = AdminClient(cluster: cluster)
        var isNew = false
        do throws(ClientError) { _ = try await admin.describeTopic(topic) } catch {
            isNew = error.server == .unknownTopicOrPartition
        }
        // What it may be mistaken for, before it is there itself.
        let near =
            isNew
            ? try await EditDistance.nearest(to: topic, among: admin.listTopics(includingInternal: true).map(\.name))
            : nil
        let found = try await cluster.topic(topic, timeoutMilliseconds: min(Int64(connection.timeout * 1000), 5_000))
        guard isNew else { return }
        let count = found.partitions.count
        Output.note(
            "Created topic '\(topic)' (\(count) partition\(count == 1 ? "" : "s"))."
                + (near.map { " Did you mean '\($0)'?" } ?? ""))
    }

    private func feed(_ producer: Producer, _ tally: Tally) async throws {
        let reader = RecordReader(
            topic: topic, partition: partition, key: key, keyDelimiter: keySeparator.map(Escapes.bytes),
            headers: header.map { Record.Header(key: $0.name, value: ByteBuffer(string: $0.value)) },
            emptyIsNull: tombstones)
        var source = LineSource(delimiter: Escapes.bytes(delimiter), limit: Self.maximumLineByteCount)
        var progress = Progress()
        var lineNumber = 0
        while lineNumber < count ?? .max, let lines = try await source.next() {
            for line in lines {
                if lineNumber >= count ?? .max { return }
                lineNumber += 1
                let record = try record(line, reader, lineNumber)
                tally.sent()
                try await producer.enqueue(record) { tally.delivered($0) }
            }
            if tally.hasFailed { return }
            progress.report("\(tally.deliveredCount) of \(lineNumber) records delivered")
        }
    }

    private func record(_ line: ByteBuffer, _ reader: RecordReader, _ number: Int) throws -> ProducerRecord {
        guard input == .json else {
            var record = reader.record(line)
            record.timestamp = timestamp?.timestamp
            return record
        }
        do throws(JSONError) {
            var record = try RecordJSON.record(
                line.readableBytesView, topic: topic, keepsPartition: keepPartitions, keepsTimestamp: !newTimestamps)
            record.partition = partition ?? record.partition
            record.timestamp = record.timestamp ?? timestamp?.timestamp
            record.headers += reader.headers
            if record.key == nil, let key { record.key = ByteBuffer(string: key) }
            return record
        } catch {
            throw CommandFailure(
                "Line \(number) is \(error).", kind: .badInput,
                advice:
                    "Write a line as {\"key\":\"k\",\"value\":\"v\",\"headers\":{\"h\":\"1\"}}; see 'broker help produce'."
            )
        }
    }

    private func codec() throws -> (any CompressionCodec)? {
        if CompressionType(name: compression) == CompressionType.none { return nil }
        guard let codec = try AdminPlugins.codec(compression) else {
            throw ValidationError(AdminPlugins.current.unknown(.codec, compression))
        }
        if let compressionLevel, let levels = codec.levels, !levels.contains(compressionLevel) {
            throw ValidationError(
                "\(compression) has levels from \(levels.range.lowerBound) to \(levels.range.upperBound).")
        }
        return codec
    }

    private func acknowledgements() throws -> ProducerConfiguration.Acknowledgements {
        switch acks {
        case "all", "-1": return .all
        case "1": return .leader
        case "0": return .none
        default: throw ValidationError("--acks must be all, 1 or 0.")
        }
    }

    private func makeProducer(_ cluster: Cluster, _ configuration: ProducerConfiguration) async throws -> Producer {
        let configured = try await ConfiguredPartitioner(of: topic, cluster)
        // Made now, so that what is wrong with it is told before anything is typed.
        let chosen = try configured.instance(from: AdminPlugins.current, named: partitioner)
        guard partitioner == nil else {
            return try Producer(
                cluster: cluster, configuration: configuration, partitioner: chosen, codec: try codec())
        }
        return try Producer(
            cluster: cluster, configuration: configuration, plugins: AdminPlugins.current, codec: try codec())
    }
}
