import BrokerModel
import BrokerPluginAPI
import BrokerPluginTesting
import PrincipalBuilders
import QuotaPolicies
import ReplicaPlacers
import Synchronization
import Testing
import TopicPolicies

@Suite struct `The built-in policies` {
    private func creation(_ name: String, partitions: Int = 1, factor: Int = 1, _ configs: [String: String] = [:])
        -> TopicChange
    {
        TopicChange(
            .create, before: nil,
            after: TopicDescription(
                name: name, partitionCount: partitions, replicationFactor: factor, configs: configs),
            defaults: ["cleanup.policy": "delete", "retention.ms": "604800000"])
    }

    /// The change that sets `configs` on a topic that is beyond every limit.
    private func alteration(_ configs: [String: String]) -> TopicChange {
        let before = creation("old", partitions: 50, ["retention.ms": "-1", "preallocate": "true"])
        var after = before.after
        after.configs.merge(configs) { $1 }
        return TopicChange(.alterConfigs, before: before.after, after: after, defaults: before.defaults)
    }

    private var limits: TopicLimits {
        var limits = TopicLimits.Configuration()
        limits.partitionsMax = 10
        limits.replicationFactorMin = 2
        limits.retentionMax = .seconds(14 * 86_400)
        limits.configsLocked = ["preallocate"]
        return TopicLimits(limits)
    }

    @Test func `limits pass their exam`() {
        let growing = TopicChange(
            .addPartitions, before: creation("t", partitions: 10, factor: 2).after,
            after: creation("t", partitions: 11, factor: 2).after)
        let exam = TopicPolicyExam(
            passing: [
                creation("t", partitions: 10, factor: 2), creation("t", factor: 3, ["retention.ms": "1"]),
                creation("t", factor: 2, ["retention.ms": "-1", "cleanup.policy": "compact"]),
                alteration(["segment.bytes": "1048576"]),
            ],
            refused: [
                creation("t", partitions: 11, factor: 2), creation("t"), growing,
                creation("t", factor: 2, ["retention.ms": "-1"]),
                creation("t", factor: 2, ["retention.ms": "1209600001", "cleanup.policy": "compact,delete"]),
                creation("t", factor: 2, ["preallocate": "false"]), alteration(["preallocate": "false"]),
                alteration(["retention.ms": "1209600001"]), alteration(["cleanup.policy": "delete"]),
            ]
        ) { limits }
        #expect(exam.violations == [])
        #expect(TopicPolicyExam(passing: [creation("t", partitions: 9999)]) { TopicLimits(.init()) }.violations == [])
    }

    @Test func `limits count the default that a topic would have`() {
        var short = TopicLimits.Configuration()
        short.retentionMax = .seconds(86_400)
        let change = creation("t")
        #expect(TopicPolicyExam(refused: [change]) { TopicLimits(short) }.violations == [])
    }

    @Test func `naming passes its exam`() {
        var rule = TopicNaming.Configuration()
        rule.prefixes = ["sales.", "billing."]
        rule.lengthMax = 12
        let exam = TopicPolicyExam(
            passing: [creation("sales.orders"), creation("billing.a"), alteration(["segment.bytes": "5"])],
            refused: [creation("orders"), creation("sales.orders2"), creation("Sales.a"), creation("sales")]
        ) { [rule] in TopicNaming(rule) }
        #expect(exam.violations == [])
    }

    @Test func `the placer, the quota policy and the principal builder pass theirs`() {
        #expect(PlacementExam { StripedPlacer() }.violations == [])
        #expect(QuotaPolicyExam { EntityQuotas() }.violations == [])
        let local = AuthenticationContext(listener: "A", host: "127.0.0.1", localHost: "127.0.0.1", localPort: 1)
        #expect(PrincipalBuilderExam(expected: [(local, "User:ANONYMOUS")]) { AnonymousPrincipals() }.violations == [])
    }
}

/// Policies that are wrong on purpose: each must fail its exam, and for that reason.
@Suite struct `A broken policy fails its exam for the right reason` {
    private struct Placing: ReplicaPlacer {
        let answer: @Sendable (PlacementRequest) throws(PluginError) -> [[NodeID]]
        func place(_ request: PlacementRequest) throws(PluginError) -> [[NodeID]] { try answer(request) }
    }

    private func promises(
        _ claims: PlacementExam.Claims = [],
        _ answer: @escaping @Sendable (PlacementRequest) throws(PluginError) -> [[NodeID]]
    ) -> [String] { PlacementExam(claims) { Placing(answer: answer) }.violations.map(\.promise) }

    private static let sound =
        "every partition gets as many different brokers of those offered as asked for, one of them not fenced"

    @Test func `a placer that forgets, repeats, invents, or trusts the fenced`() {
        #expect(
            promises { (request: PlacementRequest) throws(PluginError) -> [[NodeID]] in try request.striped().dropLast()
            } == [Self.sound])
        #expect(
            promises { (request: PlacementRequest) throws(PluginError) -> [[NodeID]] in
                try request.striped().map { $0.count > 1 ? [$0[0]] + $0.dropLast() : $0 }
            } == [Self.sound])
        #expect(
            promises { (request: PlacementRequest) throws(PluginError) -> [[NodeID]] in
                try request.striped().map { $0.dropLast() + [999] }
            }
                == [Self.sound])
        #expect(
            promises { (request: PlacementRequest) throws(PluginError) -> [[NodeID]] in
                var wrong = request
                wrong.brokers = request.brokers.sorted { $0.isFenced && !$1.isFenced }
                guard request.brokers.count >= request.replicationFactor, !request.brokers.allSatisfy(\.isFenced) else {
                    throw .reject("There are too few.")
                }
                let first = wrong.brokers.prefix(request.replicationFactor).map(\.id)
                return Array(repeating: first, count: request.partitionCount)
            } == [Self.sound])
    }

    @Test func `a placer that rolls dice, or answers the impossible`() {
        let turn = Atomic<UInt64>(0)
        #expect(
            promises { (request: PlacementRequest) throws(PluginError) -> [[NodeID]] in
                var other = request
                other.chance = turn.wrappingAdd(1, ordering: .relaxed).newValue
                return try other.striped()
            } == ["the same request has the same answer, whatever the instance"])
        #expect(
            promises { (request: PlacementRequest) throws(PluginError) -> [[NodeID]] in
                do throws(PluginError) { return try request.striped() } catch {
                    return Array(repeating: request.brokers.map(\.id), count: request.partitionCount)
                }
            } == ["what cannot be placed is refused"])
        #expect(
            promises { (_: PlacementRequest) throws(PluginError) -> [[NodeID]] in throw .reject("Never again.") } == [
                "what can be placed is placed"
            ])
    }

    @Test func `a placer that claims to spread and to spare`() {
        @Sendable func packing(_ request: PlacementRequest) throws(PluginError) -> [[NodeID]] {
            _ = try request.striped()
            let live = request.brokers.filter { !$0.isFenced } + request.brokers.filter(\.isFenced)
            return Array(repeating: live.prefix(request.replicationFactor).map(\.id), count: request.partitionCount)
        }
        #expect(promises([], packing).isEmpty)
        #expect(
            promises([.spreads], packing) == [
                "brokers that are alike get as many leads", "brokers that are alike get as many replicas",
            ])
        #expect(
            promises([.sparesFenced]) { (request: PlacementRequest) throws(PluginError) -> [[NodeID]] in
                var blind = request
                for index in blind.brokers.indices { blind.brokers[index].isFenced = false }
                _ = try request.striped()
                let placed = try blind.striped()
                let live = request.brokers.first { !$0.isFenced }?.id ?? 0
                return placed.map { $0.contains(live) ? $0 : [live] + $0.dropFirst() }
            } == ["a fenced broker is spared while others do"])
    }

    private func promises(
        passing: [TopicChange] = [], refused: [TopicChange] = [],
        _ check: @escaping @Sendable (TopicChange) -> String?
    ) throws -> [String] {
        let registration = PluginRegistration.topicPolicy("broken", check)
        return TopicPolicyExam(passing: passing, refused: refused) {
            try registration.instance(of: (any TopicPolicy).self) { _ in nil }
        }.violations.map(\.promise)
    }

    @Test func `a topic policy that counts, mumbles, or does something else than it says`() throws {
        let count = Atomic<Int>(0)
        #expect(
            try promises { _ in
                count.wrappingAdd(1, ordering: .relaxed).newValue > 50 ? "There are enough topics." : nil
            } == ["the same change has the same answer, whatever was asked before"])
        #expect(try promises { _ in "no" } == ["a refusal is a sentence for the user"])
        let change = TopicChange(
            .create, before: nil, after: TopicDescription(name: "a.b", partitionCount: 1, replicationFactor: 1))
        let noDots: @Sendable (TopicChange) -> String? = { $0.topic.contains(".") ? "There must be no dot." : nil }
        #expect(try promises(passing: [change], noDots) == ["what is to pass passes"])
        #expect(try promises(refused: [change]) { _ in nil } == ["what is to be refused is refused"])
        #expect(try promises(refused: [change], noDots).isEmpty)
    }

    private struct Limiting: QuotaPolicy {
        var needsSetQuotas = false
        let answer: @Sendable (RequestContext) -> ClientQuota?
        func quota(_ kind: ClientQuotaKind, for client: RequestContext, among set: any SetQuotas) -> ClientQuota? {
            answer(client)
        }
    }

    private func promises(
        needsSetQuotas: Bool = false, _ answer: @escaping @Sendable (RequestContext) -> ClientQuota?
    ) -> [String] {
        QuotaPolicyExam { Limiting(needsSetQuotas: needsSetQuotas, answer: answer) }.violations.map(\.promise)
    }

    @Test func `a quota policy that is no number, cannot be skipped, or trusts names`() {
        let everyone = ClientQuotaEntity(user: .exactly("everyone"))
        #expect(promises { _ in ClientQuota(value: 5, sharers: everyone, isNamed: true) }.isEmpty)
        #expect(promises { _ in ClientQuota(value: 0, sharers: everyone) } == ["a quota is a number above 0"])
        #expect(promises { _ in ClientQuota(value: .infinity, sharers: everyone) } == ["a quota is a number above 0"])
        #expect(
            promises(needsSetQuotas: true) { _ in ClientQuota(value: 5, sharers: everyone) }
                == ["who limits nobody without a quota that is set does so"])
        let byClient: @Sendable (RequestContext) -> ClientQuotaEntity = {
            ClientQuotaEntity(clientID: .exactly($0.clientID ?? ""))
        }
        #expect(
            promises { ClientQuota(value: 5, sharers: byClient($0), isNamed: true) }
                == ["sharers that clients can invent are not called named"])
        #expect(promises { ClientQuota(value: 5, sharers: byClient($0)) }.isEmpty)
        let count = Atomic<Int>(1)
        #expect(
            promises { _ in
                ClientQuota(value: Double(count.wrappingAdd(1, ordering: .relaxed).newValue), sharers: everyone)
            } == ["the same question has the same answer, whatever the instance"])
    }

    private func taken(
        expected: [(connection: AuthenticationContext, principal: String?)] = [],
        _ principal: @escaping @Sendable (AuthenticationContext) -> String?
    ) throws -> [String] {
        let registration = PluginRegistration.principalBuilder("broken", principal)
        return PrincipalBuilderExam(expected: expected) {
            try registration.instance(of: (any PrincipalBuilder).self) { _ in nil }
        }.violations.map(\.promise)
    }

    @Test func `a principal builder that names nobody, wavers, or lets a stranger in`() throws {
        let form = "a principal is a type, a colon and a name of at most 512 bytes"
        for wrong in ["", "alice", ":alice", "User:", "User:a\nb", "User:" + String(repeating: "a", count: 600)] {
            #expect(try taken { _ in wrong } == [form], "\(wrong.prefix(20))")
        }
        let count = Atomic<Int>(0)
        #expect(
            try taken { _ in "User:\(count.wrappingAdd(1, ordering: .relaxed).newValue)" }
                == ["the same connection has the same principal, whatever the instance"])
        let stranger = AuthenticationContext(listener: "A", host: "203.0.113.9", localHost: "192.0.2.1", localPort: 1)
        #expect(
            try taken(expected: [(stranger, nil)]) { _ in "User:alice" }
                == ["connections are taken for whom they are to be taken"])
        #expect(try taken(expected: [(stranger, nil)]) { $0.host == stranger.host ? nil : "User:alice" }.isEmpty)
    }
}
