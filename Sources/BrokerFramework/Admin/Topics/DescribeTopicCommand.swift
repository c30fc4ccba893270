public import ArgumentParser
internal import BrokerClient
internal import BrokerModel

/// `topics describe`.
public struct DescribeTopicCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Describe a topic: partitions, replicas, offsets, configuration.",
        discussion: """
            START and END are the offsets of the first record and of the next one to come; \
            RECORDS, their difference, also counts offsets of records that were compacted away.

            EXAMPLES
              broker topics describe orders
              broker topics describe orders --configs
              broker topics describe orders --output json | jq '.partitions[].end'
            """)

    @Argument(help: "The topics' names.", completion: .custom(Candidates.topics))
    var names: [String]
    @Flag(help: "Also show every configuration value and where it comes from.")
    var configs = false
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func run() async throws {
        try await connection.withCluster(topics: names) { cluster in
            let admin = AdminClient(cluster: cluster)
            var out = Output()
            for (index, name) in names.enumerated() {
                let topic = try await admin.describeTopic(name)
                let reachable = topic.available.map { TopicPartition(topic: name, partition: $0) }
                let specs = { (spec: OffsetSpec) in Dictionary(uniqueKeysWithValues: reachable.map { ($0, spec) }) }
                let starts = try await admin.listOffsets(specs(.earliest))
                let ends = try await admin.listOffsets(specs(.latest))
                let entries = try await admin.describeConfigs(.topic(name))
                let shown = entries.filter { configs || $0.isOverridden }
                switch output {
                case .text:
                    if index > 0 { out.line("") }
                    write(topic, starts.mapValues(\.offset), ends.mapValues(\.offset), shown, to: &out)
                case .json: out.line("\(json(topic, starts.mapValues(\.offset), ends.mapValues(\.offset), shown))")
                }
            }
            out.flush()
        }
    }

    private typealias Offsets = [TopicPartition: Offset?]

    private func write(
        _ topic: TopicMetadata, _ starts: Offsets, _ ends: Offsets, _ entries: [ConfigEntry], to out: inout Output
    ) {
        out.line("Topic '\(topic.name)', id \(topic.id), \(topic.partitions.count) partitions")
        var table = TextTable(["PARTITION", "LEADER", "REPLICAS", "IN SYNC", "START", "END", "RECORDS"])
        for partition in topic.partitions {
            let key = TopicPartition(topic: topic.name, partition: partition.index)
            let start = starts[key].flatMap(\.self)
            let end = ends[key].flatMap(\.self)
            let count = start.flatMap { start in end.map { "\($0 &- start)" } }
            table.append([
                "\(partition.index)", partition.leader.map { "\($0)" } ?? "none", list(partition.replicas),
                list(partition.inSyncReplicas), start.map { "\($0)" } ?? "-", end.map { "\($0)" } ?? "-", count ?? "-",
            ])
        }
        table.write(to: &out, indent: 2)
        guard !entries.isEmpty else { return }
        out.line(configs ? "Configuration" : "Configuration set on the topic")
        var values = TextTable(["KEY", "VALUE", "FROM"])
        for entry in entries {
            values.append([entry.name, entry.value ?? (entry.isSensitive ? "(secret)" : "(none)"), entry.source])
        }
        values.write(to: &out, indent: 2)
    }

    private func list(_ nodes: [NodeID]) -> String { nodes.map { "\($0)" }.joined(separator: ",") }

    private func json(
        _ topic: TopicMetadata, _ starts: Offsets, _ ends: Offsets, _ entries: [ConfigEntry]
    ) -> JSONValue {
        let partitions = topic.partitions.map { partition -> JSONValue in
            let key = TopicPartition(topic: topic.name, partition: partition.index)
            return [
                "partition": .integer(partition.index), "leader": partition.leader.map(JSONValue.integer) ?? .null,
                "leaderEpoch": .integer(partition.leaderEpoch),
                "replicas": .array(partition.replicas.map(JSONValue.integer)),
                "inSync": .array(partition.inSyncReplicas.map(JSONValue.integer)),
                "start": starts[key].flatMap(\.self).map(JSONValue.integer) ?? .null,
                "end": ends[key].flatMap(\.self).map(JSONValue.integer) ?? .null,
            ]
        }
        return [
            "name": .string(topic.name), "id": .string("\(topic.id)"), "internal": .bool(topic.isInternal),
            "partitions": .array(partitions),
            "configs": .array(
                entries.map {
                    ["key": .string($0.name), "value": .optional($0.value), "from": .string($0.source)]
                }),
        ]
    }
}
