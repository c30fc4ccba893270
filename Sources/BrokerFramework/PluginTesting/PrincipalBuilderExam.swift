public import BrokerPluginAPI

/// Whether a principal builder keeps what ``BrokerPluginAPI/PrincipalBuilder`` promises.
public struct PrincipalBuilderExam {
    private let make: () throws -> any PrincipalBuilder
    private let expected: [(connection: AuthenticationContext, principal: String?)]

    /// - Parameters:
    ///   - expected: what connections must be taken for; nil for those that must be turned away.
    ///   - make: makes an instance; called several times.
    public init(
        expected: [(connection: AuthenticationContext, principal: String?)] = [],
        _ make: @escaping () throws -> any PrincipalBuilder
    ) {
        self.expected = expected
        self.make = make
    }

    /// What is broken; empty if it passes. The same in every run.
    public var violations: [Violation] {
        var findings = Findings()
        do { try examine(&findings) } catch { findings.expect("an instance can be made", false, "\(error)") }
        return findings.violations
    }

    private func examine(_ findings: inout Findings) throws {
        let (one, other) = (try make(), try make())
        for connection in expected.map(\.connection) + Self.connections {
            let principal = try? one.principal(for: connection)
            let problem = principal.flatMap(PrincipalName.problem)
            findings.expect(
                "a principal is a type, a colon and a name of at most 512 bytes", problem == nil,
                "'\(principal?.prefix(40) ?? "")' \(problem ?? "")")
            findings.expect(
                "the same connection has the same principal, whatever the instance",
                principal == (try? one.principal(for: connection))
                    && principal == (try? other.principal(for: connection)),
                "two principals from '\(connection.host)'")
        }
        for (connection, principal) in expected {
            let answer = try? one.principal(for: connection)
            findings.expect(
                "connections are taken for whom they are to be taken", answer == principal,
                "\(answer ?? "nobody") from '\(connection.host)' on \(connection.listener), not \(principal ?? "nobody")"
            )
        }
    }

    private static let connections = ["PLAINTEXT", "", "A:B", String(repeating: "L", count: 600)].flatMap { listener in
        ["192.0.2.1", "2001:db8::1", "", "fe80::1%eth0"].map {
            AuthenticationContext(listener: listener, host: $0, localHost: "192.0.2.2", localPort: 9092)
        }
    }
}
