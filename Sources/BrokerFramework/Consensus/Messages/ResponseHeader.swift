package import BrokerPrimitives

/// What every answer of the quorum's RPCs tells besides its own content.
package struct ResponseHeader: Hashable, Sendable {
    /// The one error of the answer. See ``topLevelError`` for where it stands on the wire.
    package let error: ErrorCode
    /// The leader of `leaderEpoch` as the answering replica knows it; -1 on the wire for nil.
    package let leaderID: Int32?
    package let leaderEpoch: Int32
    /// The endpoints of the leader (`NodeEndpoints`), empty if not known or not sent.
    package let leaderEndpoints: [Endpoint]

    package init(
        error: ErrorCode = .none, leaderID: Int32?, leaderEpoch: Int32, leaderEndpoints: [Endpoint] = []
    ) {
        self.error = error
        self.leaderID = leaderID
        self.leaderEpoch = leaderEpoch
        self.leaderEndpoints = leaderEndpoints
    }

    /// The error to write for the whole message.
    package var topLevelError: ErrorCode { error == .inconsistentClusterId ? error : .none }
    /// The error to write for the one partition; absent partitions go with a top-level error.
    package var partitionError: ErrorCode { error == .inconsistentClusterId ? .none : error }
}
