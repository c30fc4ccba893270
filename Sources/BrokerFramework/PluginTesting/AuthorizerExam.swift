public import BrokerPluginAPI

/// Whether an authorizer keeps what ``BrokerPluginAPI/Authorizer`` promises.
public struct AuthorizerExam {
    private let make: () throws -> any Authorizer
    private let stranger: RequestContext?
    private let friend: RequestContext?
    private let makeBroken: (() throws -> any Authorizer)?

    /// - Parameters:
    ///   - stranger: somebody whom the authorizer must not allow anything; nil for one that is open to all.
    ///   - friend: somebody whom it allows something, so that it shows what becomes of that when it is broken.
    ///   - whenBroken: makes an instance that cannot know what is allowed, because its file or its server is gone or has
    ///     nonsense in it. It may refuse to be made, throw when it is asked, or deny, but allow nobody anything.
    ///   - make: makes an instance; called several times.
    public init(
        stranger: RequestContext? = RequestContext(
            principal: "User:a stranger", host: "192.0.2.77", listener: "EXAM", clientID: nil),
        friend: RequestContext? = nil, whenBroken: (() throws -> any Authorizer)? = nil,
        _ make: @escaping () throws -> any Authorizer
    ) {
        self.stranger = stranger
        self.friend = friend
        makeBroken = whenBroken
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
            odd(authorizer, &findings)
            broken(&findings)
        } catch { findings.expect("an instance can be made", false, "\(error)") }
        return findings.violations
    }

    private static let names = [
        "", "a", "__consumer_offsets", "*", "kafka-cluster", String(repeating: "x", count: 300),
    ]

    /// Names that no topic has, but that a request may name.
    private static let oddNames = [
        "a\0b", "a\nb", "../../etc", "a\u{301}", "%s%n", "\u{202e}a", String(repeating: "x", count: 40_000),
    ]

    private static func actions(_ names: [String]) -> [AuthorizableAction] {
        AclOperation.allCases.flatMap { operation in
            ResourceType.allCases.flatMap { resource in
                names.map { AuthorizableAction(operation, on: resource, named: $0) }
            }
        }
    }

    private func examine(_ authorizer: any Authorizer, _ findings: inout Findings) throws {
        let actions = Self.actions(Self.names)
        let contexts =
            [stranger, friend].compactMap { $0 }
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
        if let friend {
            findings.expect(
                "a friend may do something", allowed(actions, friend, authorizer) != nil, "everything is denied")
        }
        guard let stranger else { return }
        let first = allowed(actions, stranger, authorizer)
        findings.expect("a stranger may do nothing", first == nil, first.map { "\($0) is allowed" } ?? "")
    }

    /// The first action that is allowed. Who throws, or has not one answer for each, has denied them all.
    private func allowed(
        _ actions: [AuthorizableAction], _ context: RequestContext, _ authorizer: any Authorizer
    ) -> AuthorizableAction? {
        guard let answers = try? authorizer.authorize(actions, for: context), answers.count == actions.count else {
            return nil
        }
        return zip(actions, answers).first { $0.1 == .allowed }?.0
    }

    /// What only somebody asks who means no good.
    private func odd(_ authorizer: any Authorizer, _ findings: inout Findings) {
        guard let stranger else { return }
        let oddActions = Self.actions(Self.oddNames)
        let first = allowed(oddActions, stranger, authorizer)
        findings.expect(
            "a stranger may do nothing, whatever the name", first == nil, first.map(Self.describe) ?? "")
        let actions = Self.actions(["a", "kafka-cluster"])
        let principals = [
            "", ":", "User", stranger.principal + "\0", stranger.principal + "\nUser:admin", "\0", "\u{feff}User:",
            stranger.principal + String(repeating: "x", count: 100_000),
        ]
        for principal in principals {
            var nobody = stranger
            nobody.principal = principal
            nobody.clientID = principal
            let first = allowed(actions, nobody, authorizer)
            findings.expect(
                "who is nobody may do nothing", first == nil,
                first.map { "\($0) is allowed to \(principal.prefix(40).debugDescription)" } ?? "")
        }
    }

    private func broken(_ findings: inout Findings) {
        // One that refuses to be made allows nothing either.
        guard let makeBroken, let authorizer = try? makeBroken() else { return }
        let everybody =
            [friend, stranger].compactMap { $0 }
            + ["User:ANONYMOUS", "", "User:admin"].map {
                RequestContext(principal: $0, host: "127.0.0.1", listener: "PLAINTEXT", clientID: nil)
            }
        for context in everybody {
            let first = allowed(Self.actions(Self.names), context, authorizer)
            findings.expect(
                "who cannot know what is allowed allows nothing", first == nil,
                first.map { "\($0) is allowed to \(context.principal)" } ?? "")
        }
        findings.expect(
            "who cannot know what is allowed does not claim to allow everything", !authorizer.allowsEverything,
            "it does")
    }

    private static func describe(_ action: AuthorizableAction) -> String {
        "\(action.operation) on \(action.resource) \(action.name.prefix(40).debugDescription) is allowed"
    }
}
