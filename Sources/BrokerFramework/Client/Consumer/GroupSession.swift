import BrokerModel
import BrokerWorld

/// A consumer's place in its group: the member that decides, and what it takes to carry out what it asks for.
struct GroupSession: Sendable {
    enum Choice: Sendable {
        case topics([String])
        case rule(@Sendable (String) -> Bool)
    }

    let configuration: GroupConfiguration
    let coordinator: GroupCoordinator
    var member: GroupMember
    /// Nil while nothing is subscribed to; partitions may be assigned by hand then.
    var choice: Choice?
    var onRebalance: RebalanceHandler?
    var listeners: [AsyncStream<Rebalance>.Continuation] = []
    /// Of reaching the coordinator; nil once that has succeeded.
    var failures: FailedTries?
    /// Rises with every subscription that ends, so that what is left of its rebalances is known as stale.
    var term = 0
    /// Whether the application is being told of a rebalance.
    var isTelling = false
    /// The end of the row of commits.
    var lastCommit: Task<Result<Void, ClientError>, Never>?
    /// The end of the row of rebalances the application is told of.
    var lastHandOver: Task<Void, Never>?
    var leaving: Task<Void, Never>?
    var autoCommitAt: Int64 = .min
    /// Whether an automatic commit is under way.
    var isAutoCommitting = false
    var timer: (at: Int64, timer: Timers.Timer)?

    init(_ configuration: GroupConfiguration, cluster: Cluster) {
        self.configuration = configuration
        coordinator = GroupCoordinator(groupID: configuration.groupID, cluster: cluster)
        let shared = cluster.configuration
        member = GroupMember(
            settings: GroupMember.Settings(
                groupID: configuration.groupID, groupInstanceID: configuration.groupInstanceID,
                sessionTimeoutMilliseconds: configuration.sessionTimeoutMilliseconds,
                maximumPollIntervalMilliseconds: configuration.maximumPollIntervalMilliseconds,
                heartbeatIntervalMilliseconds: configuration.heartbeatIntervalMilliseconds,
                metadataAgeMilliseconds: shared.metadataMaximumAgeMilliseconds, rack: configuration.rack,
                backoff: shared.retryBackoff,
                assignors: configuration.assignors))
    }
}
