internal import ArgumentParser
internal import BrokerClient
internal import BrokerModel
internal import BrokerPrimitives
internal import Synchronization

extension ConsumeCommand {
    /// Reads as a member of a group, and leaves it in order when the command is stopped: the others need not wait for
    /// the session to end.
    func run(in group: String, _ format: RecordFormat) async throws {
        try await connection.withCluster(topics: [topic], isStream: true) { cluster in
            let ends = try await endsOfTopic(cluster)
            var membership = GroupConfiguration(groupID: group)
            // Somebody who looks at a terminal does not wait longer for one that was killed.
            membership.sessionTimeoutMilliseconds = 10_000
            // What was written is committed, not what was fetched.
            membership.autoCommitIntervalMilliseconds = nil
            if !assignor.isEmpty { membership.assignors = assignor.map(\.value) }
            var configuration = ConsumerConfiguration()
            configuration.group = membership
            configuration.isolation = committed ? .readCommitted : .readUncommitted
            configuration.offsetReset = from == [.start(.end)] ? .latest : .earliest
            configuration.maximumPollRecordCount = 4_096
            let consumer = Consumer(
                cluster: cluster, configuration: configuration, codecs: AdminPlugins.codecs)
            let reader = GroupReader(
                consumer: consumer, group: group, limit: count ?? .max, ends: exit ? ends : nil,
                format: output == .json ? nil : format, patience: Patience(connection, mustEnd: exit || count != nil))
            try await consumer.subscribe([topic]) { change in reader.note(change) }
            Interruption.listen()
            do { try await reader.read() } catch {
                await consumer.close()
                throw error
            }
            await consumer.close()
            try Interruption.check()
        }
    }

    private func endsOfTopic(_ cluster: Cluster) async throws(ClientError) -> [TopicPartition: Offset] {
        let admin = AdminClient(cluster: cluster)
        let known = try await admin.describeTopic(topic)
        guard exit else { return [:] }
        let specs = known.available.map { (TopicPartition(topic: topic, partition: $0), OffsetSpec.latest) }
        let isolation: IsolationLevel = committed ? .readCommitted : .readUncommitted
        return try await admin.listOffsets(Dictionary(uniqueKeysWithValues: specs), isolation: isolation)
            .compactMapValues(\.offset)
    }
}

/// An assignor by its name.
enum GroupAssignor: String, ExpressibleByArgument, CaseIterable, Sendable {
    case range
    case roundrobin
    case sticky
    case cooperativeSticky = "cooperative-sticky"

    var value: any PartitionAssignor {
        switch self {
        case .range: RangeAssignor()
        case .roundrobin: RoundRobinAssignor()
        case .sticky: StickyAssignor()
        case .cooperativeSticky: CooperativeStickyAssignor()
        }
    }
}

/// Writes what a member of a group gets, and commits it.
private final class GroupReader: Sendable {
    private let consumer: Consumer
    private let limit: Int
    /// Where to stop; nil to go on.
    private let ends: [TopicPartition: Offset]?
    private let format: RecordFormat?
    private let patience: Patience
    private let isAssigned = Atomic(false)
    private let group: String

    init(
        consumer: Consumer, group: String, limit: Int, ends: [TopicPartition: Offset]?, format: RecordFormat?,
        patience: Patience
    ) {
        self.consumer = consumer
        self.group = group
        self.limit = limit
        self.ends = ends
        self.format = format
        self.patience = patience
    }

    func note(_ change: Rebalance) {
        if case .assigned = change {
            isAssigned.store(true, ordering: .releasing)
        } else {
            isAssigned.store(false, ordering: .releasing)
        }
    }

    func read() async throws(ClientError) {
        var writer = RecordWriter(format: format)
        var progress = Progress()
        var patience = patience
        var joining = JoiningNotice(group: group)
        var written = 0
        while written < limit, !Interruption.isRequested {
            if try await isDone() {
                try await commitPositions()
                return
            }
            let records = try await consumer.poll(timeoutMilliseconds: Interruption.lookMilliseconds)
            var offsets: [TopicPartition: CommittedOffset] = [:]
            let wanted = records.prefix(limit - written)
            for record in wanted {
                writer.write(record)
                offsets[record.topicPartition] = CommittedOffset(record.offset + 1)
            }
            written += wanted.count
            writer.flush()
            progress.report("\(written) records read")
            if !offsets.isEmpty { try await commit(offsets) }
            if isAssigned.load(ordering: .acquiring) {
                joining.isOver = true
                await giveBack(records.dropFirst(wanted.count))
                try await commitPositions()
            } else {
                joining.check()
            }
            try await patience.check(consumer)
        }
    }

    /// Leaves records that were not written to whoever reads next.
    private func giveBack(_ records: ArraySlice<ConsumerRecord>) async {
        var starts: [TopicPartition: Offset] = [:]
        for record in records where starts[record.topicPartition] == nil {
            starts[record.topicPartition] = record.offset
        }
        // A partition that is not ours any more is read on by its owner.
        for (partition, offset) in starts { try? await consumer.seek(partition, to: .offset(offset)) }
    }

    /// Commits where the member is, so that the group is known to be at the end of partitions that gave it no records.
    private func commitPositions() async throws(ClientError) {
        do throws(ClientError) { try await consumer.commit() } catch {
            switch error.server {
            // Nothing that was written depends on it, and the next owner finds the same place.
            case .unknownMemberId?, .illegalGeneration?, .rebalanceInProgress?: break
            default: throw error
            }
        }
    }

    private func commit(_ offsets: [TopicPartition: CommittedOffset]) async throws(ClientError) {
        do throws(ClientError) { try await consumer.commit(offsets) } catch {
            switch error.server {
            case .unknownMemberId?, .illegalGeneration?, .rebalanceInProgress?:
                Output.note("\(error); others may write the last records again.")
            default: throw error
            }
        }
    }

    /// Whether this member has read its part.
    private func isDone() async throws(ClientError) -> Bool {
        guard let ends, isAssigned.load(ordering: .acquiring) else { return false }
        for partition in await consumer.assignment {
            guard let position = await consumer.position(partition), position >= ends[partition] ?? 0 else {
                return false
            }
        }
        return true
    }
}
