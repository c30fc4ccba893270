package import BrokerModel
package import BrokerPluginAPI
package import NIOCore

/// What a fetch wants of one partition.
package struct FetchRead: Hashable, Sendable {
    package var offset: Offset
    /// −1 not to be checked.
    package var currentLeaderEpoch: LeaderEpoch
    /// The epoch of the last record the fetcher has; −1 not to be checked.
    package var lastFetchedEpoch: LeaderEpoch
    package var maxBytes: Int
    /// Whether a batch larger than `maxBytes` is returned all the same.
    package var minOneBatch: Bool
    package var isolation: Isolation

    package init(
        offset: Offset, currentLeaderEpoch: LeaderEpoch, lastFetchedEpoch: LeaderEpoch, maxBytes: Int,
        minOneBatch: Bool, isolation: Isolation
    ) {
        self.offset = offset
        self.currentLeaderEpoch = currentLeaderEpoch
        self.lastFetchedEpoch = lastFetchedEpoch
        self.maxBytes = maxBytes
        self.minOneBatch = minOneBatch
        self.isolation = isolation
    }
}

/// How far a consumer may read.
package enum Isolation: Int8, Sendable {
    /// Up to the high watermark.
    case readUncommitted = 0
    /// Up to the last stable offset: nothing of a transaction that is still open.
    case readCommitted = 1
}

/// What one partition has for a fetch.
package struct FetchedPartition: Sendable {
    /// The records, whole batches, where they are.
    package enum Records: Sendable {
        case bytes(ByteBuffer)
        case region(StorageRegion)

        package var byteCount: Int {
            switch self {
            case .bytes(let bytes): bytes.readableBytes
            case .region(let region): region.count
            }
        }
    }

    package struct EpochEnd: Hashable, Sendable {
        package var epoch: LeaderEpoch
        package var endOffset: Offset
    }

    package struct AbortedTransaction: Hashable, Sendable {
        package var producerID: ProducerID
        package var firstOffset: Offset
    }

    package var records: Records = .bytes(ByteBuffer())
    package var highWatermark: Offset
    package var lastStableOffset: Offset
    package var logStartOffset: Offset
    /// Set if the fetcher's log is not a part of this one: where it must cut its own.
    package var diverging: EpochEnd?
    /// Only for `readCommitted`.
    package var aborted: [AbortedTransaction]?
}
