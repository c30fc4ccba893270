import BrokerModel

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
    /// The end of the row of commits.
    var lastCommit: Task<Result<Void, ClientError>, Never>?
    /// The end of the row of rebalances the application is told of.
    var lastHandOver: Task<Void, Never>?
    var leaving: Task<Void, Never>?
    var autoCommitAt: Int64 = .min
    var timer: (at: Int64, task: Task<Void, Never>)?

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
                backoff: Backoff(
                    firstMilliseconds: shared.retryBackoffMilliseconds,
                    limitMilliseconds: shared.retryBackoffMaximumMilliseconds),
                assignors: configuration.assignors))
    }
}
