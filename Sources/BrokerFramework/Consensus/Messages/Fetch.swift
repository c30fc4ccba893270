/// A replica asks its leader for records (RPC 1). Its `fetchOffset` is also its word that everything below is durable with it.
package struct FetchRequest: Hashable, Sendable {
    package let clusterID: String?
    package let replica: ReplicaKey
    package let currentLeaderEpoch: Int32
    package let fetchOffset: Int64
    /// The epoch of the record before `fetchOffset`.
    package let lastFetchedEpoch: Int32
    /// The high watermark the replica knows (version 18, KIP-1166); nil if the version does not tell it.
    package let highWatermark: Int64?
    package let maxWaitMilliseconds: Int64
    package let maxBytes: Int32

    package init(
        clusterID: String?, replica: ReplicaKey, currentLeaderEpoch: Int32, fetchOffset: Int64,
        lastFetchedEpoch: Int32, highWatermark: Int64?, maxWaitMilliseconds: Int64, maxBytes: Int32
    ) {
        self.clusterID = clusterID
        self.replica = replica
        self.currentLeaderEpoch = currentLeaderEpoch
        self.fetchOffset = fetchOffset
        self.lastFetchedEpoch = lastFetchedEpoch
        self.highWatermark = highWatermark
        self.maxWaitMilliseconds = maxWaitMilliseconds
        self.maxBytes = maxBytes
    }
}

/// A leader's answer to a fetch, on its way out: the driver adds the bytes.
package struct FetchReply: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// No records: an error, or nothing new.
        case empty
        /// Whole batches from `offset` on, at most up to `endOffset` and about `maxBytes` (the first batch always whole).
        case records(from: Int64, upTo: Int64, maxBytes: Int32)
        /// `DivergingEpoch`: the follower must cut its log.
        case diverging(OffsetAndEpoch)
        /// `SnapshotId`: the follower must fetch this snapshot first.
        case snapshot(OffsetAndEpoch)
    }

    package let header: ResponseHeader
    /// -1 while the leader does not know it for its epoch.
    package let highWatermark: Int64
    package let logStartOffset: Int64
    package let content: Content

    package init(header: ResponseHeader, highWatermark: Int64, logStartOffset: Int64, content: Content) {
        self.header = header
        self.highWatermark = highWatermark
        self.logStartOffset = logStartOffset
        self.content = content
    }
}

/// A leader's answer to a fetch as it came in. The driver keeps the bytes of the records under the correlation id until
/// the step that this is handed to returns; ``Effect/appendFetched(_:baseOffset:endOffset:)`` tells what to take of them.
package struct FetchResponse: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// The batches received, already checked (CRC, framing), in order; may be empty.
        case records([BatchSpan])
        case diverging(OffsetAndEpoch)
        case snapshot(OffsetAndEpoch)
    }

    package let header: ResponseHeader
    /// Negative if the leader does not know it yet.
    package let highWatermark: Int64
    package let content: Content

    package init(header: ResponseHeader, highWatermark: Int64, content: Content) {
        self.header = header
        self.highWatermark = highWatermark
        self.content = content
    }
}
