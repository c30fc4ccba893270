import BrokerModel
import BrokerPluginAPI
import NIOCore
import Synchronization

/// Stays with one partition of a topic until so many bytes have gone there, then moves to another by chance (KIP-794).
///
/// Counting bytes rather than batches keeps shares equal when a slow partition's batches close more rarely.
final class StickyChoice: Sendable {
    private struct Stay {
        var partition: PartitionIndex
        var byteCount: Int
    }

    private let limit: Int
    private let random: @Sendable () -> UInt64
    private let stays = Mutex<[String: Stay]>([:])

    init(byteCount: Int, random: @escaping @Sendable () -> UInt64) {
        limit = byteCount
        self.random = random
    }

    func partition(for record: PartitionerContext) -> PartitionIndex {
        let byteCount = (record.key?.readableBytes ?? 0) + (record.value?.readableBytes ?? 0)
        return stays.withLock { stays in
            if var stay = stays[record.topic], stay.byteCount < limit, stay.partition < record.partitionCount {
                stay.byteCount += byteCount
                stays[record.topic] = stay
                return stay.partition
            }
            let next = choose(record, besides: stays[record.topic]?.partition)
            stays[record.topic] = Stay(partition: next, byteCount: byteCount)
            return next
        }
    }

    /// Any partition with a leader, not the last one if there is another.
    private func choose(_ record: PartitionerContext, besides last: PartitionIndex?) -> PartitionIndex {
        var choices = record.availablePartitions
        if choices.isEmpty { choices = Array(0..<max(record.partitionCount, 1)) }
        if choices.count > 1 { choices.removeAll { $0 == last } }
        return choices[Int(random() % UInt64(choices.count))]
    }
}
