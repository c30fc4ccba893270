public import ArgumentParser
internal import BrokerClient
internal import BrokerModel

/// `groups describe`.
public struct DescribeGroupCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Describe a group: state, lag of each partition, members.",
        discussion: """
            COMMITTED is the next record the group reads, END the next one to be written, LAG \
            the records in between; it also counts those that were compacted away.

            EXAMPLES
              broker groups describe billing
              broker groups describe --all
              broker groups describe billing --output json | jq '[.partitions[].lag] | add'
            """)

    @Argument(help: "The groups' names.", completion: .custom(Candidates.groups))
    var names: [String] = []
    @Flag(help: "Describe every group.")
    var all = false
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func validate() throws {
        if names.isEmpty != all { throw ValidationError("Name the groups to describe, or use --all.") }
    }

    public func run() async throws {
        try await connection.withCluster { cluster in
            let admin = AdminClient(cluster: cluster)
            let groups = all ? try await admin.listGroups().map(\.id) : names
            var out = Output()
            for (index, result) in await admin.describeGroups(groups).enumerated() {
                let group = try result.get()
                let held = group.members.flatMap { $0.assignment ?? [] }
                let progress = try await admin.groupLag(group.id, others: held)
                switch output {
                case .text:
                    if index > 0 { out.line("") }
                    write(group, progress, to: &out)
                case .json: out.line(json(group, progress))
                }
            }
            out.flush()
        }
    }

    private typealias Lags = [TopicPartition: PartitionLag]

    private func owners(_ group: GroupDescription) -> [TopicPartition: GroupDescription.Member] {
        var owners: [TopicPartition: GroupDescription.Member] = [:]
        for member in group.members { for partition in member.assignment ?? [] { owners[partition] = member } }
        return owners
    }

    private func write(_ group: GroupDescription, _ lags: Lags, to out: inout Output) {
        let how = group.assignor.isEmpty ? "" : ", shared out by \(group.assignor)"
        let members = "\(group.members.count) member\(group.members.count == 1 ? "" : "s")"
        out.line(
            "Group '\(group.id)': \(group.state), \(members)\(how); coordinator \(group.coordinator.id) at \(group.coordinator.address)"
        )
        if !lags.isEmpty {
            let owners = owners(group)
            var table = TextTable(["TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER"])
            for (partition, lag) in lags.sorted(by: { $0.key < $1.key }) {
                table.append([
                    partition.topic, "\(partition.partition)", text(lag.committed?.offset), text(lag.endOffset),
                    text(lag.lag), owners[partition]?.id ?? "-",
                ])
            }
            table.write(to: &out, indent: 2)
            let known = lags.values.compactMap(\.lag)
            if known.count > 1 { out.line("  Lag in all: \(known.reduce(0, +))") }
        }
        guard !group.members.isEmpty else { return }
        out.line("Members")
        var table = TextTable(["MEMBER", "INSTANCE", "CLIENT", "HOST", "PARTITIONS"])
        for member in group.members {
            table.append([
                member.id, member.instanceID ?? "-", member.clientID, member.host,
                member.assignment.map { "\($0.count)" } ?? "-",
            ])
        }
        table.write(to: &out, indent: 2)
    }

    private func text(_ offset: Offset?) -> String { offset.map { "\($0)" } ?? "-" }

    private func json(_ group: GroupDescription, _ lags: Lags) -> JSONValue {
        let owners = owners(group)
        let partitions = lags.sorted { $0.key < $1.key }.map { partition, lag -> JSONValue in
            [
                "topic": .string(partition.topic), "partition": .integer(partition.partition),
                "committed": .optional(lag.committed?.offset), "metadata": .optional(lag.committed?.metadata),
                "start": .optional(lag.startOffset), "end": .optional(lag.endOffset), "lag": .optional(lag.lag),
                "member": .optional(owners[partition]?.id),
            ]
        }
        let members = group.members.map { member -> JSONValue in
            let assignment = member.assignment?.map { partition -> JSONValue in
                ["topic": .string(partition.topic), "partition": .integer(partition.partition)]
            }
            return [
                "id": .string(member.id), "instance": .optional(member.instanceID), "client": .string(member.clientID),
                "host": .string(member.host), "assignment": assignment.map(JSONValue.array) ?? .null,
            ]
        }
        return [
            "group": .string(group.id), "type": .string(group.type), "state": .string(group.state),
            "protocol": .string(group.protocolType), "assignor": .string(group.assignor),
            "coordinator": .integer(group.coordinator.id), "partitions": .array(partitions), "members": .array(members),
        ]
    }
}

extension JSONValue {
    static func optional(_ number: Int64?) -> JSONValue { number.map { JSONValue.integer($0) } ?? .null }
}
