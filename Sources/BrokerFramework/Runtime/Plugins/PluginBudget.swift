package import BrokerPluginAPI

/// How long a call of a plug-in may take, in nanoseconds, and what takes its place when it cannot be called.
package struct PluginBudget: Hashable, Sendable {
    /// A call that takes longer counts as failed.
    package var limit: Int64
    /// A call that takes longer than this, finished or not, is reason enough not to call again for a while.
    package var stall: Int64
    /// What happens instead, as the end of a sentence.
    package var fallback: String
    /// Whether the plug-in is left alone when it fails; otherwise it is called all the same, and its trouble only told.
    package var isLeftAlone: Bool

    package init(limitMilliseconds: Int64, stallMilliseconds: Int64, fallback: String, isLeftAlone: Bool = true) {
        limit = limitMilliseconds * 1_000_000
        stall = stallMilliseconds * 1_000_000
        self.fallback = fallback
        self.isLeftAlone = isLeftAlone
    }

    /// What the log says when a plug-in fails.
    var advice: String {
        isLeftAlone
            ? "a plug-in failed and is left alone for a while: \(fallback). It is tried again by itself; mend it, or "
                + "configure another"
            : "a plug-in fails, or does not answer: \(fallback) until the broker starts again"
    }

    /// The budget of a kind's calls. A call here is what the broker asks at once: about one batch, request or log.
    package static func standard(_ kind: PluginKind) -> PluginBudget {
        switch kind {
        case .partitioner:
            PluginBudget(
                limitMilliseconds: 100, stallMilliseconds: 1_000,
                fallback: "records are not held against it, and keys are hashed where it would choose")
        case .recordInterceptor:
            PluginBudget(
                limitMilliseconds: 100, stallMilliseconds: 1_000,
                fallback: "batches for the topic are refused, and their senders told to try again")
        case .cleanupPolicy:
            PluginBudget(limitMilliseconds: 1_000, stallMilliseconds: 10_000, fallback: "everything is kept")
        case .codec:
            PluginBudget(
                limitMilliseconds: 1_000, stallMilliseconds: 5_000,
                fallback: "batches stay as they were received, and those only it can read are refused")
        case .authorizer:
            PluginBudget(limitMilliseconds: 20, stallMilliseconds: 1_000, fallback: "everything is denied")
        case .principalBuilder:
            PluginBudget(limitMilliseconds: 20, stallMilliseconds: 1_000, fallback: "new connections are closed")
        case .topicPolicy:
            PluginBudget(
                limitMilliseconds: 5_000, stallMilliseconds: 10_000,
                fallback: "changes of topics that it would judge are refused")
        case .replicaPlacer:
            PluginBudget(
                limitMilliseconds: 100, stallMilliseconds: 1_000, fallback: "new replicas are striped over the racks")
        case .quotaPolicy:
            PluginBudget(
                limitMilliseconds: 20, stallMilliseconds: 1_000, fallback: "quotas are found in Kafka's order")
        case .storage:
            PluginBudget(
                limitMilliseconds: 5_000, stallMilliseconds: 10_000,
                fallback: "its topics wait for it, and logs that could not be written are offline",
                isLeftAlone: false)
        }
    }
}
