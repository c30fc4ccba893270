public import BrokerModel
public import BrokerPluginAPI
internal import NIOCore

/// Chooses by the key's hash as Kafka's Java client does; sticks to a partition for a while where there is no key.
public struct KeyHashPartitioner: Partitioner {
    private let sticky: StickyChoice

    /// - Parameters:
    ///   - stickyByteCount: how many bytes of records without a key go to one partition before the next.
    ///   - random: 64 random bits.
    public init(
        stickyByteCount: Int = 16_384,
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
    ) {
        sticky = StickyChoice(byteCount: stickyByteCount, random: random)
    }

    public func partition(for record: PartitionerContext) -> PartitionIndex {
        guard let key = record.key else { return sticky.partition(for: record) }
        let hash = key.withUnsafeReadableBytes { Murmur2.hash($0) }
        return (hash & .max) % max(record.partitionCount, 1)
    }
}
