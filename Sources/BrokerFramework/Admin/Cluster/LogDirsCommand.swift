public import ArgumentParser
internal import BrokerClient
internal import BrokerModel

/// `log-dirs`: what partitions take on the brokers' disks.
public struct LogDirsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "log-dirs", abstract: "Show how much room topics take in the brokers' log directories.",
        discussion: """
            The largest come first. A topic's size is that of its segments on that broker, \
            without indexes; LAG is how many records behind the partition's end the replica is.

            EXAMPLES
              broker log-dirs
              broker log-dirs orders --partitions        # --all: the empty ones, too
              broker log-dirs --broker 1 --output json | jq '.topics[] | {name, bytes}'
            """)

    @Argument(
        help: "The topics to show; all if left out.", completion: .custom(Candidates.topics))
    var topics: [String] = []
    @Option(
        help: ArgumentHelp("A broker to ask; may be repeated. All if left out.", valueName: "id"),
        completion: .custom(Candidates.brokers))
    var broker: [Int32] = []
    @Flag(name: [.short, .long], help: "Show each partition.")
    var partitions = false
    @Flag(help: "With --partitions, show the empty ones, too.")
    var all = false
    @Option(help: "How to answer: text, or json with a line for each directory.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func run() async throws {
        try await connection.withCluster(topics: topics) { cluster in
            let brokers = try await chosenBrokers(cluster)
            let directories = try await AdminClient(cluster: cluster).describeLogDirectories(
                of: brokers, topics: topics.isEmpty ? nil : topics)
            var out = Output()
            for (index, directory) in directories.enumerated() {
                switch output {
                case .json: out.line(json(directory))
                case .text:
                    if index > 0 { out.line("") }
                    write(directory, to: &out)
                }
            }
            out.flush()
        }
    }

    private func chosenBrokers(_ cluster: Cluster) async throws -> [NodeID]? {
        guard !broker.isEmpty else { return nil }
        try await cluster.retrying { () async throws(ClientError) in try await cluster.refresh([]) }
        let known = await cluster.metadata.brokers.keys.sorted()
        if let missing = broker.first(where: { !known.contains($0) }) {
            throw CommandFailure(
                "There is no broker \(missing).", kind: .notFound,
                advice: "The cluster's brokers are \(known.map { "\($0)" }.joined(separator: ", ")).")
        }
        return Set(broker).sorted()
    }

    /// The topics of a directory, the largest first.
    private func bySize(
        _ directory: LogDirectoryDescription
    ) -> [(name: String, bytes: Int64, replicas: [LogDirectoryDescription.Replica])] {
        Dictionary(grouping: directory.replicas, by: \.partition.topic)
            .map { ($0.key, $0.value.reduce(0) { $0 &+ $1.byteCount }, $0.value) }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }

    private func write(_ directory: LogDirectoryDescription, to out: inout Output) {
        var line = "Broker \(directory.broker), \(directory.path)"
        if let failure = directory.failure { line += ": \(failure)" }
        if let total = directory.totalByteCount, let usable = directory.usableByteCount {
            line += ", \(HumanUnits.size(usable)) free of \(HumanUnits.size(total))"
        }
        out.line(line)
        guard !directory.replicas.isEmpty else { return }
        guard !partitions else { return writePartitions(directory.replicas, to: &out) }
        var table = TextTable(["TOPIC", "PARTITIONS", "SIZE"])
        for topic in bySize(directory) {
            table.append([topic.name, "\(topic.replicas.count)", HumanUnits.size(topic.bytes)])
        }
        table.write(to: &out, indent: 2)
    }

    /// The largest first; of empty ones only their number, unless they are asked for.
    private func writePartitions(_ replicas: [LogDirectoryDescription.Replica], to out: inout Output) {
        let shown = Self.shown(replicas, all: all)
        if !shown.isEmpty {
            var table = TextTable(["TOPIC", "PARTITION", "SIZE", "LAG"])
            for replica in shown {
                table.append([
                    replica.partition.topic,
                    "\(replica.partition.partition)" + (replica.isFuture ? " (moving here)" : ""),
                    HumanUnits.size(replica.byteCount), "\(replica.offsetLag)",
                ])
            }
            table.write(to: &out, indent: 2)
        }
        let hidden = replicas.count - shown.count
        if hidden > 0 { out.line("  \(hidden) empty partition\(hidden == 1 ? "" : "s") left out; see with --all.") }
    }

    static func shown(
        _ replicas: [LogDirectoryDescription.Replica], all: Bool
    ) -> [LogDirectoryDescription.Replica] {
        replicas.filter { all || $0.byteCount > 0 }
            .sorted { ($1.byteCount, $0.partition) < ($0.byteCount, $1.partition) }
    }

    private func json(_ directory: LogDirectoryDescription) -> JSONValue {
        let topics = bySize(directory).map { topic -> JSONValue in
            let partitions = topic.replicas.map { replica -> JSONValue in
                [
                    "partition": .integer(replica.partition.partition), "bytes": .integer(replica.byteCount),
                    "lag": .integer(replica.offsetLag), "future": .bool(replica.isFuture),
                ]
            }
            return ["name": .string(topic.name), "bytes": .integer(topic.bytes), "partitions": .array(partitions)]
        }
        return [
            "broker": .integer(directory.broker), "path": .string(directory.path),
            "error": .optional(directory.failure.map { "\($0)" }),
            "totalBytes": directory.totalByteCount.map(JSONValue.integer) ?? .null,
            "usableBytes": directory.usableByteCount.map(JSONValue.integer) ?? .null, "topics": .array(topics),
        ]
    }
}
