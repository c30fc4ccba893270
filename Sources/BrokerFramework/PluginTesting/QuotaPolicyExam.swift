public import BrokerPluginAPI

/// Whether a quota policy keeps what ``BrokerPluginAPI/QuotaPolicy`` promises.
public struct QuotaPolicyExam {
    private let make: () throws -> any QuotaPolicy

    /// - Parameter make: makes an instance; called several times.
    public init(_ make: @escaping () throws -> any QuotaPolicy) { self.make = make }

    /// What is broken; empty if it passes. The same in every run.
    public var violations: [Violation] {
        var findings = Findings()
        do { try examine(&findings) } catch { findings.expect("an instance can be made", false, "\(error)") }
        return findings.violations
    }

    private static let kinds = ClientQuotaKind.allCases.filter { !$0.isForAddresses }

    private static let clients: [RequestContext] = ["User:ANONYMOUS", "User:alice", "", "User:", "Tenant:a:b"]
        .flatMap { principal in
            ["consumer-1", "", nil].map {
                RequestContext(principal: principal, host: "192.0.2.1", listener: "EXAM", clientID: $0)
            }
        }

    private func examine(_ findings: inout Findings) throws {
        let (one, other) = (try make(), try make())
        let nothing = Quotas(all: [:])
        let some = Quotas(all: [
            ClientQuotaEntity(user: .exactly("alice")): 1000, ClientQuotaEntity(clientID: .anyOther): 10,
            ClientQuotaEntity(user: .anyOther, clientID: .exactly("consumer-1")): 0.5,
        ])
        for set in [nothing, some] {
            for kind in Self.kinds {
                for client in Self.clients {
                    guard let quota = try? one.quota(kind, for: client, among: set) else { continue }
                    findings.expect(
                        "a quota is a number above 0", quota.value > 0 && quota.value.isFinite,
                        "\(quota.value) for '\(client.principal)'")
                    let again = [one, other].map { try? $0.quota(kind, for: client, among: set) }
                    findings.expect(
                        "the same question has the same answer, whatever the instance",
                        again.allSatisfy { $0 == quota }, "two answers for '\(client.principal)'")
                    findings.expect(
                        "who limits nobody without a quota that is set does so",
                        !(one.needsSetQuotas && set === nothing),
                        "'\(client.principal)' is limited to \(quota.value)")
                }
                names(of: one, kind, set, &findings)
            }
        }
    }

    /// Clients can call themselves what they like: a meter of its own for each would fill the memory.
    private func names(of policy: any QuotaPolicy, _ kind: ClientQuotaKind, _ set: Quotas, _ findings: inout Findings) {
        let named = (0..<200).compactMap { number -> ClientQuotaEntity? in
            let client = RequestContext(
                principal: "User:alice", host: "192.0.2.1", listener: "EXAM", clientID: "invented-\(number)")
            guard let quota = try? policy.quota(kind, for: client, among: set), quota.isNamed else { return nil }
            return quota.sharers
        }
        findings.expect(
            "sharers that clients can invent are not called named", Set(named).count < 100,
            "200 client ids make \(Set(named).count) of them")
    }

    private final class Quotas: SetQuotas {
        let all: [ClientQuotaEntity: Double]

        init(all: [ClientQuotaEntity: Double]) { self.all = all }

        func value(_ kind: ClientQuotaKind, of entity: ClientQuotaEntity) -> Double? { all[entity] }

        func quota(_ kind: ClientQuotaKind, user: String, clientID: String) -> ClientQuota? {
            let (user, client) = (ClientQuotaEntity.Name.exactly(user), ClientQuotaEntity.Name.exactly(clientID))
            let order: [(entity: ClientQuotaEntity, sharers: ClientQuotaEntity)] = [
                (.init(user: user), .init(user: user)),
                (.init(user: .anyOther, clientID: client), .init(user: user, clientID: client)),
                (.init(clientID: .anyOther), .init(clientID: client)),
            ]
            for (entity, sharers) in order {
                guard let value = all[entity] else { continue }
                return ClientQuota(value: value, sharers: sharers, isNamed: entity == sharers)
            }
            return nil
        }
    }
}
