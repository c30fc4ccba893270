public import ArgumentParser
internal import BrokerClient
internal import BrokerModel
internal import BrokerPrimitives
internal import BrokerWorld

/// `groups reset-offsets`.
public struct ResetOffsetsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "reset-offsets", abstract: "Have a group read again, or skip.",
        discussion: """
            Shows what would change; with --execute it does it. The group must have no members \
            then: they would go on where they are. A place outside of the log becomes its \
            nearest end.

            EXAMPLES
              broker groups reset-offsets billing --topic orders --to-earliest
              broker groups reset-offsets billing --topic orders:0,3 --to-offset 42 --execute
              broker groups reset-offsets billing --all-topics --to-datetime 2026-03-01T12:00:00Z
              broker groups reset-offsets billing --all-topics --by-duration 2h --execute
              broker groups reset-offsets billing --topic orders --shift-by -10 --execute
            """)

    @Argument(help: "The group's name.", completion: .custom(Candidates.groups))
    var group: String
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("A topic, or some of its partitions; may be repeated.", valueName: "topic[:partition,…]"),
        completion: .custom(Candidates.topics))
    var topic: [TopicSelection] = []
    @Flag(help: "All partitions of the topics the group has committed offsets of.")
    var allTopics = false

    @Flag(help: "To the first record there is.")
    var toEarliest = false
    @Flag(help: "To the end: only what comes is read.")
    var toLatest = false
    @Flag(help: "To where the group is now, which makes an offset of it where there is none.")
    var toCurrent = false
    @Option(help: ArgumentHelp("To this offset.", valueName: "offset"))
    var toOffset: Int64?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "To the first record of this time or later; as 'consume --from' takes it.", valueName: "time"))
    var toDatetime: Moment?
    @Option(
        help: ArgumentHelp(
            "To the first record that is no older than this: 90s, 15m, 2h, 7d or P1DT2H.", valueName: "span"))
    var byDuration: TimeSpan?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("By so many records, forward or, if negative, back.", valueName: "number"))
    var shiftBy: Int64?

    @Flag(help: "Do it. Without this flag nothing is changed.")
    var execute = false
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    private var goals: [OffsetGoal] {
        var goals: [OffsetGoal] = []
        if toEarliest { goals.append(.earliest) }
        if toLatest { goals.append(.latest) }
        if toCurrent { goals.append(.current) }
        if let toOffset { goals.append(.offset(toOffset)) }
        if let toDatetime { goals.append(.time(toDatetime.timestamp)) }
        if let byDuration { goals.append(.time(World.system.wallMilliseconds() - byDuration.milliseconds)) }
        if let shiftBy { goals.append(.shift(shiftBy)) }
        return goals
    }

    public func validate() throws {
        guard topic.isEmpty == allTopics else {
            throw ValidationError("Name topics with --topic, or use --all-topics.")
        }
        guard goals.count == 1 else {
            throw ValidationError(
                "Say where to in one way: --to-earliest, --to-latest, --to-current, --to-offset, --to-datetime, --by-duration or --shift-by."
            )
        }
        if let toOffset, toOffset < 0 { throw ValidationError("--to-offset must not be negative.") }
    }

    public func run() async throws {
        guard let goal = goals.first else { return }
        try await connection.withCluster(topics: topic.map(\.topic)) { cluster in
            let admin = AdminClient(cluster: cluster)
            let isNew = try await checkGroup(admin)
            let committed = try await admin.listGroupOffsets(group).mapValues(\.offset)
            var partitions = try await partitions(committed, admin)
            guard !partitions.isEmpty else {
                if isNew { throw await notThere(admin) }
                throw CommandFailure(
                    "Group '\(group)' has committed nothing.", kind: .notFound, advice: "Name topics with --topic.")
            }
            if case .shift = goal, partitions.contains(where: { committed[$0] != nil }) {
                // Where the group never was, it cannot be moved from.
                partitions.removeAll { committed[$0] == nil }
            }
            let targets = try await goal.targets(of: partitions, committed: committed, admin)
            if execute {
                try await admin.alterGroupOffsets(group, targets.mapValues { CommittedOffset($0) })
            }
            report(partitions, from: committed, to: targets)
            if isNew { await tellOfNewGroup(admin) }
            Output.note(execute ? "Reset." : "Nothing was changed: this was a dry run. Add --execute to do it.")
        }
    }

    private func partitions(
        _ committed: [TopicPartition: Offset], _ admin: AdminClient
    ) async throws -> [TopicPartition] {
        guard allTopics else { return try await TopicSelection.resolve(topic, admin) }
        // What is committed of a topic that is gone cannot be moved.
        let topics = Set(committed.keys.map(\.topic))
        return try await admin.listTopics(includingInternal: true).filter { topics.contains($0.name) }.flatMap {
            topic in
            topic.partitions.map { TopicPartition(topic: topic.name, partition: $0.index) }
        }
    }

    /// Answers whether there is no such group yet.
    ///
    /// - Throws: what forbids to reset one that has members.
    private func checkGroup(_ admin: AdminClient) async throws -> Bool {
        switch await admin.describeGroups([group]).first {
        case .failure(let error)?: return error.server == .groupIdNotFound
        case .success(let description)? where execute && !description.members.isEmpty:
            throw CommandFailure(
                "Group '\(group)' has members, who would go on where they are.",
                advice: "Stop them first: 'broker groups describe \(group)' shows them.",
                kafkaError: "\(ErrorCode.nonEmptyGroup)")
        default: return false
        }
    }

    private func notThere(_ admin: AdminClient) async -> CommandFailure {
        let near = await GroupErrors(admin: admin, servers: connection.servers).near(group)
        return CommandFailure(
            "There is no group '\(group)'.", kind: .notFound,
            advice: (near.map { "Did you mean '\($0)'? " } ?? "") + "For a new one name topics with --topic.",
            kafkaError: "\(ErrorCode.groupIdNotFound)")
    }

    private func tellOfNewGroup(_ admin: AdminClient) async {
        let near = await GroupErrors(admin: admin, servers: connection.servers).near(group)
        Output.note(
            "Group '\(group)' \(execute ? "is new: it was made for this" : "is not there yet; --execute would make it")."
                + (near.map { " Did you mean '\($0)'?" } ?? ""))
    }

    private func report(
        _ partitions: [TopicPartition], from committed: [TopicPartition: Offset], to targets: [TopicPartition: Offset]
    ) {
        var out = Output()
        switch output {
        case .text:
            var table = TextTable(["TOPIC", "PARTITION", "FROM", "TO"])
            for partition in partitions {
                table.append([
                    partition.topic, "\(partition.partition)", committed[partition].map { "\($0)" } ?? "-",
                    targets[partition].map { "\($0)" } ?? "-",
                ])
            }
            table.write(to: &out)
        case .json:
            for partition in partitions {
                out.line(
                    [
                        "group": .string(group), "topic": .string(partition.topic),
                        "partition": .integer(partition.partition), "from": .optional(committed[partition]),
                        "to": .optional(targets[partition]), "executed": .bool(execute),
                    ])
            }
        }
        out.flush()
    }
}
