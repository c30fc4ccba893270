package import BrokerPrimitives

/// Why a coordinator refuses a request, or does not answer at all.
package struct CoordinatorError: Error, Hashable, Sendable {
    package var code: ErrorCode
    package init(_ code: ErrorCode) { self.code = code }
}

extension ErrorCode {
    /// What a client is told when a write of its coordinator has failed with this code: whom to ask, or whether to ask
    /// again.
    ///
    /// - Parameter tooLarge: what it means to this client that the write was too large.
    func ofCoordinator(tooLarge: ErrorCode = .unknownServerError) -> ErrorCode {
        switch self {
        case .unknownTopicOrPartition, .notEnoughReplicas, .requestTimedOut: .coordinatorNotAvailable
        case .notLeaderOrFollower, .kafkaStorageError: .notCoordinator
        case .messageTooLarge, .recordListTooLarge: tooLarge
        default: self
        }
    }
}
