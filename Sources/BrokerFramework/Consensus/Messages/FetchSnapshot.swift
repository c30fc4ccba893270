/// A replica asks for a part of a snapshot (RPC 59, KIP-630).
package struct FetchSnapshotRequest: Hashable, Sendable {
    package let clusterID: String?
    package let replica: ReplicaKey
    package let currentLeaderEpoch: Int32
    package let snapshotID: OffsetAndEpoch
    /// The byte to begin with.
    package let position: Int64
    package let maxBytes: Int32

    package init(
        clusterID: String?, replica: ReplicaKey, currentLeaderEpoch: Int32, snapshotID: OffsetAndEpoch, position: Int64,
        maxBytes: Int32
    ) {
        self.clusterID = clusterID
        self.replica = replica
        self.currentLeaderEpoch = currentLeaderEpoch
        self.snapshotID = snapshotID
        self.position = position
        self.maxBytes = maxBytes
    }
}

/// The answer on its way out: the driver adds the bytes `position ..< position + byteCount` of the snapshot's file.
/// All three are 0 with an error.
package struct FetchSnapshotReply: Hashable, Sendable {
    package let header: ResponseHeader
    package let snapshotID: OffsetAndEpoch
    package let sizeInBytes: Int64
    package let position: Int64
    package let byteCount: Int64

    package init(
        header: ResponseHeader, snapshotID: OffsetAndEpoch, sizeInBytes: Int64, position: Int64, byteCount: Int64
    ) {
        self.header = header
        self.snapshotID = snapshotID
        self.sizeInBytes = sizeInBytes
        self.position = position
        self.byteCount = byteCount
    }
}

/// The answer as it came in. The driver keeps the bytes until the step returns.
package struct FetchSnapshotResponse: Hashable, Sendable {
    package let header: ResponseHeader
    package let snapshotID: OffsetAndEpoch
    package let sizeInBytes: Int64
    package let position: Int64
    /// How many bytes came (`UnalignedRecords`).
    package let byteCount: Int64

    package init(
        header: ResponseHeader, snapshotID: OffsetAndEpoch, sizeInBytes: Int64, position: Int64, byteCount: Int64
    ) {
        self.header = header
        self.snapshotID = snapshotID
        self.sizeInBytes = sizeInBytes
        self.position = position
        self.byteCount = byteCount
    }
}
