public import ArgumentParser
internal import BrokerClient
internal import BrokerModel
internal import BrokerPrimitives

/// `groups describe`.
public struct DescribeGroupCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Describe a group: state, lag of each partition, members.",
        discussion: """
            COMMITTED is the next record the group reads, END the next one to be written, LAG \
            the records in between; it also counts those that were compacted away. Every partition \
            of the topics is shown; one without a commit has everything still to be read.

            EXAMPLES
              broker groups describe billing
              broker groups describe --all
              broker groups describe billing --output json | jq .lag
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
            let errors = GroupErrors(admin: admin, servers: connection.servers)
            for (index, result) in await admin.describeGroups(groups).enumerated() {
                let group: GroupDescription
                do throws(ClientError) { group = try result.get() } catch {
                    out.flush()
                    throw await errors.failure(error, of: groups[index])
                }
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
        if let remark = Self.remark(group, lags) { out.line("  " + remark) }
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
            out.line("  Lag in all: \(Self.total(lags))")
            for topic in Self.missingTopics(lags) {
                out.line(
                    "  Topic '\(topic)' is not there any more: 'broker groups delete-offsets' forgets what was committed."
                )
            }
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

    /// What has to be known to read the rest; nil if it speaks for itself.
    static func remark(_ group: GroupDescription, _ lags: [TopicPartition: PartitionLag]) -> String? {
        switch group.state {
        case "PreparingRebalance":
            return
                "It waits for its members to join before it shares out the partitions; a group that begins waits as long as group.initial.rebalance.delay.ms says, 3 s by default."
        case "CompletingRebalance": return "Its members have joined, and one of them is sharing out the partitions."
        case _ where lags.isEmpty && group.members.isEmpty:
            return "Nothing is committed: nothing ever was, or the topics were deleted, and the commits with them."
        default: return nil
        }
    }

    /// What is still to be read, as far as that is known.
    static func total(_ lags: [TopicPartition: PartitionLag]) -> Offset {
        lags.values.reduce(0) { $0 &+ ($1.lag ?? 0) }
    }

    /// Topics that something is committed of and no partition of which has a log.
    static func missingTopics(_ lags: [TopicPartition: PartitionLag]) -> [String] {
        Set(lags.keys.map(\.topic)).filter { topic in
            lags.allSatisfy { $0.key.topic != topic || $0.value.endOffset == nil }
        }.sorted()
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
            "coordinator": .integer(group.coordinator.id), "lag": .integer(Self.total(lags)),
            "partitions": .array(partitions), "members": .array(members),
        ]
    }
}

extension JSONValue {
    static func optional(_ number: Int64?) -> JSONValue { number.map { JSONValue.integer($0) } ?? .null }
}
