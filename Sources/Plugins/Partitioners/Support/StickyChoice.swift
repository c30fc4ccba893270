import BrokerModel
import BrokerPluginAPI
import NIOCore
import Synchronization

/// Stays with one partition of a topic until so many bytes have gone there, then moves to another by chance (KIP-794).
///
/// Counting bytes rather than batches keeps shares equal when a slow partition's batches close more rarely.
final class StickyChoice: Sendable {
    private struct Place: Hashable {
        var topic: String
        var first: PartitionIndex
    }

    private struct Stay {
        var partition: PartitionIndex
        var byteCount: Int
    }

    private let limit: Int
    private let random: @Sendable () -> UInt64
    private let stays = Mutex<[Place: Stay]>([:])

    init(byteCount: Int, random: @escaping @Sendable () -> UInt64) {
        limit = byteCount
        self.random = random
    }

    /// One of all partitions of the record's topic, or of some that lie one behind the other.
    func partition(for record: PartitionerContext, within range: Range<PartitionIndex>? = nil) -> PartitionIndex {
        let range = range ?? 0..<max(record.partitionCount, 1)
        let place = Place(topic: record.topic, first: range.lowerBound)
        let byteCount = (record.key?.readableBytes ?? 0) + (record.value?.readableBytes ?? 0)
        return stays.withLock { stays in
            if var stay = stays[place], stay.byteCount < limit, range.contains(stay.partition) {
                stay.byteCount += byteCount
                stays[place] = stay
                return stay.partition
            }
            let next = choose(record, within: range, besides: stays[place]?.partition)
            stays[place] = Stay(partition: next, byteCount: byteCount)
            return next
        }
    }

    /// Any partition with a leader, not the last one if there is another.
    private func choose(
        _ record: PartitionerContext, within range: Range<PartitionIndex>, besides last: PartitionIndex?
    ) -> PartitionIndex {
        var choices = record.availablePartitions.filter(range.contains)
        if choices.isEmpty { choices = Array(range) }
        if choices.count > 1 { choices.removeAll { $0 == last } }
        return choices[Int(random() % UInt64(choices.count))]
    }
}
