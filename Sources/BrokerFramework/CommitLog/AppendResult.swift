package import BrokerModel

/// Who appends; decides what is checked.
package enum AppendOrigin: Hashable, Sendable {
    /// A producer; with the guard from `startVerification` if it begins a transaction.
    case client(VerificationGuard?)
    /// A coordinator of this broker: records of its own and transaction markers.
    case coordinator
    /// The leader of the metadata log.
    case raftLeader
    /// Another replica's records.
    case replica

    package static let client = AppendOrigin.client(nil)

    var limitsSize: Bool {
        switch self {
        case .client, .coordinator: true
        case .raftLeader, .replica: false
        }
    }

    var strictness: ProducerAppend.Strictness {
        switch self {
        case .client: .sequence
        case .coordinator: .epoch
        case .raftLeader, .replica: .none
        }
    }
}

/// What became of an append.
package struct AppendResult: Hashable, Sendable {
    /// Of the first record.
    package var baseOffset: Offset
    package var lastOffset: Offset
    /// The time the batches were stamped with; −1 if they keep their producer's. For a duplicate, the timestamp of
    /// the batch as it was appended first.
    package var logAppendTime: Timestamp
    package var logStartOffset: Offset
    /// The batch was there already; nothing was appended, and the offsets are those of the first time.
    package var isDuplicate: Bool
    /// A segment was sealed: `flush(upTo: activeBaseOffset)` has work, off the event loop.
    package var rolled: Bool
}
