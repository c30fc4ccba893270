package import BrokerModel

/// What a ListOffsets request looks for in a partition.
package enum OffsetQuery: Hashable, Sendable {
    /// The end, as far as the asker may read.
    case latest
    /// The log start offset.
    case earliest
    /// The record with the largest timestamp (KIP-734).
    case maxTimestamp
    /// The first offset on this broker's own disk (KIP-405); without tiered storage the log start offset.
    case earliestLocal
    /// The last offset that was moved to tiered storage (KIP-1005): there is none.
    case latestTiered
    /// The first offset that waits to be moved to tiered storage (KIP-1023): there is none.
    case earliestPendingUpload
    /// The first record with this timestamp or a later one.
    case timestamp(Timestamp)

    /// Kafka's special timestamps are negative.
    package init(_ timestamp: Timestamp) {
        switch timestamp {
        case -1: self = .latest
        case -2: self = .earliest
        case -3: self = .maxTimestamp
        case -4: self = .earliestLocal
        case -5: self = .latestTiered
        case -6: self = .earliestPendingUpload
        default: self = .timestamp(timestamp)
        }
    }

    /// The first version of ListOffsets that knows the query.
    package var firstVersion: Int16 {
        switch self {
        case .latest, .earliest, .timestamp: 1
        case .maxTimestamp: 7
        case .earliestLocal: 8
        case .latestTiered: 9
        case .earliestPendingUpload: 11
        }
    }
}

/// What was found; −1 in all fields if nothing was.
package struct FoundOffset: Hashable, Sendable {
    package var offset: Offset
    package var timestamp: Timestamp
    package var leaderEpoch: LeaderEpoch

    package static let none = FoundOffset(offset: -1, timestamp: -1, leaderEpoch: -1)
}
