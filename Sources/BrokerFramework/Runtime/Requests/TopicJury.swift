package import BrokerController
package import BrokerPluginAPI
internal import BrokerPrimitives
package import BrokerWorld
package import Logging

/// The topic policies of a broker, asked one after the other: the first refusal holds.
package struct TopicJury: Sendable {
    /// What came of a change.
    package struct Verdict: Sendable {
        /// Nil if all let it pass.
        package var refusal: ControllerError?
    }

    private let policies: [(policy: any TopicPolicy, use: PluginUse)]
    private let complaints: RateLimit
    private let logger: Logger

    package init(
        _ policies: [BrokerPolicies.NamedTopicPolicy], containment: PluginContainment, world: World, logger: Logger
    ) {
        self.policies = policies.map { ($0.policy, containment.use(.topicPolicy, $0.name, topic: nil)) }
        self.logger = logger
        complaints = RateLimit(perSecond: 1) { world.monotonicMilliseconds }
    }

    package var isEmpty: Bool { policies.isEmpty }

    /// Asks the policies: the one place where they are called. May block.
    package func judge(_ change: TopicChange, for asker: RequestContext) -> Verdict {
        for (policy, use) in policies {
            switch use.call(fault: \.fault, { () throws(PluginError) in try policy.check(change, for: asker) }) {
            case .answer, .badAnswer: continue
            case .failure(let error): return Verdict(refusal: refusal(error, by: use.monitor.name, change.topic))
            case .off:
                return Verdict(
                    refusal: refusal(
                        .reject(
                            "The change cannot be judged now: the policy failed before, and is left alone for a while."),
                        by: use.monitor.name, change.topic))
            }
        }
        return Verdict(refusal: nil)
    }

    private func refusal(_ error: PluginError, by policy: String, _ topic: String) -> ControllerError {
        let message = "\(error.message) (topic policy '\(policy)')"
        switch error.remedy {
        case .reject: return ControllerError(.policyViolation, message)
        case .retry: return ControllerError(.requestTimedOut, message)
        case .fallBack:
            note(
                "a topic policy cannot judge, and what it would judge is refused", topic,
                ["policy": "\(policy)", "reason": "\(error.message)"])
            return ControllerError(.policyViolation, message)
        }
    }

    /// Notes that the policies took too long.
    func stalled() {
        note("the topic policies do not answer in time; who asked is told to try again", nil, [:])
    }

    /// Notes that a topic was refused to somebody who is not told why.
    func refusedSilently(_ topic: String, _ reason: String) {
        note("a topic that a client uses is not created", topic, ["reason": "\(reason)"])
    }

    private func note(_ what: String, _ topic: String?, _ facts: Logger.Metadata) {
        guard let suppressed = complaints.admit() else { return }
        var metadata = facts
        if let topic { metadata["topic"] = "\(topic.prefix(249))" }
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        logger.warning("\(what)", metadata: metadata)
    }
}
