internal import BrokerModel
internal import BrokerPrimitives
internal import BrokerWorld

/// Is told what a rebalance does. The rebalance waits for it, so partitions that are revoked are still the consumer's
/// while it runs, and partitions that are assigned are not read before it is done: commit, or seek, there.
public typealias RebalanceHandler = @Sendable (Rebalance) async -> Void

extension Consumer {
    /// Reads topics, sharing their partitions with the other members of the consumer's group. Replaces what was
    /// subscribed to or assigned before. The consumer joins when it is polled.
    ///
    /// - Parameters:
    ///   - topics: need not exist yet.
    ///   - onRebalance: told of every change of the consumer's partitions, one at a time.
    /// - Throws: `.invalidArgument` if the consumer has no group, or its configuration makes no sense.
    public func subscribe(_ topics: [String], onRebalance: RebalanceHandler? = nil) throws(ClientError) {
        try begin(.topics(topics), onRebalance)
        step(.subscribed(topics, followsNewTopics: false))
    }

    /// Reads all topics whose names meet a condition, also those that are created later: they are noticed when
    /// metadata is next asked for. Internal topics are left out.
    ///
    /// - Throws: what `subscribe(_:onRebalance:)` throws, and what comes of asking for the topics.
    public func subscribe(
        where isWanted: @escaping @Sendable (String) -> Bool, onRebalance: RebalanceHandler? = nil
    ) async throws(ClientError) {
        try begin(.rule(isWanted), onRebalance)
        let metadata = try await cluster.retrying { () async throws(ClientError) in try await cluster.refreshAll() }
        step(.subscribed(Self.chosen(isWanted, metadata), followsNewTopics: true))
    }

    private func begin(_ choice: GroupSession.Choice, _ onRebalance: RebalanceHandler?) throws(ClientError) {
        guard let group else {
            throw ClientError(
                .invalidArgument, "the consumer has no group to share topics with; set 'group' in its configuration")
        }
        if let problem = group.configuration.problem { throw ClientError(.invalidArgument, problem) }
        if group.choice == nil {
            // What was assigned by hand belongs to no group.
            withdraw(partitions.keys)
            partitions = [:]
        }
        self.group?.choice = choice
        self.group?.onRebalance = onRebalance
    }

    static func chosen(_ isWanted: (String) -> Bool, _ metadata: ClusterMetadata) -> [String] {
        metadata.topics.values.filter { !$0.isInternal && isWanted($0.name) }.map(\.name).sorted()
    }

    /// Leaves the group, as `close` does, and reads nothing until something is subscribed to or assigned.
    public func unsubscribe() async { await leaveGroup() }

    /// The consumer's name in its group; empty while it is no member.
    public var memberID: String { group?.member.memberID ?? "" }

    /// What a rebalance brings, as a sequence, for those who need not be waited for. Ends with the consumer. Make it
    /// before polling: what happened earlier is not in it. Of what nobody takes, the last 64 are kept.
    public var rebalances: AsyncStream<Rebalance> {
        let (stream, continuation) = AsyncStream<Rebalance>.makeStream(
            bufferingPolicy: .bufferingNewest(64))
        if group == nil { continuation.finish() } else { group?.listeners.append(continuation) }
        return stream
    }

    // MARK: Taking part

    /// What is due while the application polls.
    func takePartInGroup() {
        guard let group else { return }
        if group.choice != nil { step(.polled) }
        guard let interval = group.configuration.autoCommitIntervalMilliseconds, group.autoCommitAt <= now,
            !group.isAutoCommitting
        else { return }
        self.group?.autoCommitAt = now.later(by: interval)
        // What fails is committed with the next ones; if the membership is lost, polling tells.
        let offsets = uncommitted(partitions.keys)
        guard !offsets.isEmpty else { return }
        self.group?.isAutoCommitting = true
        let commit = startCommit(offsets)
        Task {
            _ = await commit.value
            self.group?.isAutoCommitting = false
        }
    }

    /// Commits if that is the consumer's task, gives everything up and leaves, after the rebalances before it.
    func leaveGroup() async {
        guard let group, group.choice != nil else { return }
        if group.isTelling, Rebalance.toldConsumer == ObjectIdentifier(self) {
            // The application does this while it is being told of a rebalance, which cannot wait for itself.
            let held = partitions.keys.sorted()
            hold(held)
            if !group.member.isLost { await commitBeforeRevoking(held) }
            endSubscription()
        } else {
            inOrder { await $0.giveEverythingUp() }
            await self.group?.lastHandOver?.value
        }
        await self.group?.leaving?.value
    }

    private func giveEverythingUp() async {
        guard let group, group.choice != nil else { return }
        let held = partitions.keys.sorted()
        if !held.isEmpty {
            hold(held)
            if group.member.isLost {
                await tell(.lost(held))
            } else {
                await commitBeforeRevoking(held)
                await tell(.revoked(held))
            }
        }
        if self.group?.term == group.term { endSubscription() }
    }

    /// Leaves without a word to the application.
    func endSubscription() {
        guard group?.choice != nil else { return }
        step(.left)
        group?.term += 1
        group?.failures = nil
        group?.choice = nil
        group?.onRebalance = nil
        withdraw(partitions.keys)
        partitions = [:]
    }

    /// Keeps partitions from being read; what was not given out yet is not counted as read.
    func hold(_ held: [TopicPartition]) {
        withdraw(held)
        for partition in held { partitions[partition]?.holdCount += 1 }
    }

    func commitBeforeRevoking(_ partitions: [TopicPartition]) async {
        guard group?.configuration.autoCommitIntervalMilliseconds != nil else { return }
        let offsets = uncommitted(partitions)
        if !offsets.isEmpty { _ = await startCommit(offsets).value }
    }

    func tell(_ rebalance: Rebalance) async {
        for listener in group?.listeners ?? [] { listener.yield(rebalance) }
        guard let handler = group?.onRebalance else { return }
        group?.isTelling = true
        await Rebalance.$toldConsumer.withValue(ObjectIdentifier(self)) { await handler(rebalance) }
        group?.isTelling = false
    }
}

extension Rebalance {
    /// The consumer whose application is told of a rebalance by this task.
    @TaskLocal static var toldConsumer: ObjectIdentifier?
}
