import BrokerMetadata
import BrokerModel
import Synchronization

/// Which topics are in storages of their own choice, on which threads those are used, and in which order what clients send
/// for a partition is appended there.
///
/// Safe on any thread.
final class OtherStorages: Sendable {
    private struct Key: Hashable {
        var topic: TopicID
        var partition: PartitionIndex
    }

    private let storages: TopicStorages
    private let isInUse = Atomic(false)
    private let lanes = Mutex<[Key: AppendLane]>([:])

    init(_ storages: TopicStorages) { self.storages = storages }

    /// Whether there was ever such a topic.
    var areInUse: Bool { isInUse.load(ordering: .relaxed) }

    /// Nil for topics in the broker's own storage.
    func threads(of topic: TopicImage) -> PluginThreads? { storages.threads(of: topic) }

    /// The one lane of a partition, before it is made and after.
    func lane(of topic: TopicID, _ partition: PartitionIndex, _ threads: PluginThreads) -> AppendLane {
        lanes.withLock { lanes in
            let key = Key(topic: topic, partition: partition)
            if let lane = lanes[key] { return lane }
            let lane = AppendLane(threads, isWanted: true)
            lanes[key] = lane
            return lane
        }
    }

    func metadataChanged(_ delta: MetadataDelta, _ image: MetadataImage) {
        if !delta.removedTopics.isEmpty, areInUse {
            let removed = Set(delta.removedTopics.map(\.id))
            lanes.withLock { lanes in lanes = lanes.filter { !removed.contains($0.key.topic) } }
        }
        guard !areInUse else { return }
        let changed = delta.changedTopics.lazy.compactMap { image.topics[$0] }
        let configured = delta.configsChanged.lazy.compactMap { $0.kind == .topic ? image.topics[$0.name] : nil }
        guard changed.contains(where: isElsewhere) || configured.contains(where: isElsewhere) else { return }
        isInUse.store(true, ordering: .relaxed)
    }

    private func isElsewhere(_ topic: TopicImage) -> Bool { storages.chosen(by: topic) != nil }
}
