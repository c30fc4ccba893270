public import BrokerPluginAPI

/// Whether an authorizer keeps what ``BrokerPluginAPI/Authorizer`` promises.
public struct AuthorizerExam {
    private let make: () throws -> any Authorizer
    private let stranger: RequestContext?

    /// - Parameters:
    ///   - stranger: somebody whom the authorizer must not allow anything; nil for one that is open to all.
    ///   - make: makes an instance; called several times.
    public init(
        stranger: RequestContext? = RequestContext(
            principal: "User:a stranger", host: "192.0.2.77", listener: "EXAM", clientID: nil),
        _ make: @escaping () throws -> any Authorizer
    ) {
        self.stranger = stranger
        self.make = make
    }

    /// What is broken; empty if it passes.
    public var violations: [Violation] {
        var findings = Findings()
        do {
            let authorizer = try make()
            do { try examine(authorizer, &findings) } catch {
                findings.expect("it can say without help from outside", false, "\(error)")
            }
        } catch { findings.expect("an instance can be made", false, "\(error)") }
        return findings.violations
    }

    private func examine(_ authorizer: any Authorizer, _ findings: inout Findings) throws {
        let actions = AclOperation.allCases.flatMap { operation in
            ResourceType.allCases.flatMap { resource in
                ["", "a", "__consumer_offsets", "*", "kafka-cluster", String(repeating: "x", count: 300)].map {
                    AuthorizableAction(operation, on: resource, named: $0)
                }
            }
        }
        let contexts =
            (stranger.map { [$0] } ?? [])
            + ["User:ANONYMOUS", "", "User:", "Group:x", "User:*"].map {
                RequestContext(principal: $0, host: "", listener: "", clientID: "exam")
            }
        for context in contexts {
            let answers = try authorizer.authorize(actions, for: context)
            findings.expect(
                "there is one answer for each action", answers.count == actions.count,
                "\(answers.count) for \(actions.count)")
            findings.expect(
                "the same question has the same answer", try authorizer.authorize(actions, for: context) == answers,
                "two answers for \(context.principal)")
            guard answers.count == actions.count else { continue }
            for (action, answer) in zip(actions, answers).prefix(60) {
                findings.expect(
                    "an action's answer does not depend on its company",
                    try authorizer.authorize([action], for: context) == [answer], "\(action) of \(context.principal)")
            }
        }
        findings.expect(
            "no question has no answer", try authorizer.authorize([], for: contexts[0]).isEmpty, "there is one")
        guard let stranger else { return }
        let allowed = try zip(actions, authorizer.authorize(actions, for: stranger)).first { $0.1 == .allowed }
        findings.expect(
            "a stranger may do nothing", allowed == nil, allowed.map { "\($0.0) is allowed" } ?? "")
    }
}
