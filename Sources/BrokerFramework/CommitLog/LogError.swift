package import BrokerModel
package import BrokerPluginAPI
package import BrokerPrimitives

/// Why a partition's log refused.
package enum LogError: Error, Hashable, Sendable {
    /// Nothing is stored at the offset, and nothing will be below the log's end.
    case offsetOutOfRange(Offset, logStart: Offset, logEnd: Offset)
    /// A client's batch is malformed; nothing was appended.
    case invalidBatch(RecordBatchError)
    case messageTooLarge(byteCount: Int, limit: Int)
    /// The batches together are larger than a segment.
    case recordListTooLarge(byteCount: Int, limit: Int)
    case outOfOrderSequence(ProducerID, expected: Int32, got: Int32)
    case invalidProducerEpoch(ProducerID, current: ProducerEpoch, got: ProducerEpoch)
    /// A marker of a coordinator that has been replaced.
    case coordinatorFenced(ProducerID, current: Int32, got: Int32)
    /// A write that does not fit the producer's transaction, or was not verified.
    case invalidTransactionState(ProducerID)
    /// A follower's batch does not continue the log.
    case unexpectedOffset(expected: Offset, got: Offset)
    /// There is no room, or no descriptor is left. Nothing has changed; the same call works when there is again.
    case noSpace(StorageError)
    /// What is stored at `offset` is damaged or lost. Nothing was removed because of it.
    case corrupt(offset: Offset, reason: String)
    /// The file holds records in a format older than v2.
    case unsupportedFormat(Int8)
    /// The storage failed earlier; the log takes no calls until it is opened anew.
    case offline(StorageError)
    /// The log was closed or deleted.
    case closed

    package var code: ErrorCode {
        switch self {
        case .offsetOutOfRange: .offsetOutOfRange
        case .invalidBatch(.unsupportedMagic): .unsupportedForMessageFormat
        case .invalidBatch: .corruptMessage
        case .messageTooLarge: .messageTooLarge
        case .recordListTooLarge: .recordListTooLarge
        case .outOfOrderSequence: .outOfOrderSequenceNumber
        case .invalidProducerEpoch: .invalidProducerEpoch
        case .coordinatorFenced: .transactionCoordinatorFenced
        case .invalidTransactionState: .invalidTxnState
        case .unexpectedOffset: .unknownServerError
        case .noSpace, .corrupt, .offline: .kafkaStorageError
        case .unsupportedFormat: .unsupportedForMessageFormat
        case .closed: .notLeaderOrFollower
        }
    }
}
