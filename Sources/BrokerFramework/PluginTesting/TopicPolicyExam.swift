internal import BrokerModel
public import BrokerPluginAPI

/// Whether a topic policy keeps what ``BrokerPluginAPI/TopicPolicy`` promises, and does what its author says.
public struct TopicPolicyExam {
    private let make: () throws -> any TopicPolicy
    private let passing: [TopicChange]
    private let refused: [TopicChange]
    private let asker: RequestContext

    /// - Parameters:
    ///   - passing: changes that the policy must let pass.
    ///   - refused: changes that it must refuse.
    ///   - asker: who wants them.
    ///   - make: makes an instance; called several times.
    public init(
        passing: [TopicChange] = [], refused: [TopicChange] = [],
        asker: RequestContext = RequestContext(
            principal: "User:exam", host: "192.0.2.77", listener: "EXAM", clientID: nil),
        _ make: @escaping () throws -> any TopicPolicy
    ) {
        self.passing = passing
        self.refused = refused
        self.asker = asker
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
        let changes = passing + refused + Self.changes
        let answers = changes.map { answer(one, $0) }
        for (change, error) in zip(changes, answers) {
            let sentence = error?.message ?? "It passes, which needs no words."
            findings.expect(
                "a refusal is a sentence for the user", sentence.count > 10 && sentence.contains(" "),
                "'\(sentence)' for \(describe(change))")
        }
        // Asked in another order, again, and elsewhere.
        for policy in [one, other] {
            for (change, error) in zip(changes, answers).reversed() {
                findings.expect(
                    "the same change has the same answer, whatever was asked before",
                    answer(policy, change)?.remedy == error?.remedy, "two answers for \(describe(change))")
            }
        }
        for (change, error) in zip(passing, answers) {
            findings.expect(
                "what is to pass passes", error == nil, "\(describe(change)) is refused: \(error?.message ?? "")")
        }
        for (change, error) in zip(refused, answers.dropFirst(passing.count)) {
            findings.expect("what is to be refused is refused", error != nil, "\(describe(change)) passes")
        }
    }

    private func answer(_ policy: any TopicPolicy, _ change: TopicChange) -> PluginError? {
        do throws(PluginError) {
            try policy.check(change, for: asker)
            return nil
        } catch { return error }
    }

    private func describe(_ change: TopicChange) -> String {
        let what =
            switch change.operation {
            case .create: "creating"
            case .addPartitions: "adding partitions to"
            case .alterConfigs: "configuring"
            }
        return "\(what) '\(change.topic)'"
    }

    /// Of every operation, also with nothing set, strange values and large numbers.
    private static let changes: [TopicChange] = {
        let names = ["a", "orders", "sales.orders-2", String(repeating: "x", count: 249)]
        let configs: [[String: String]] = [
            [:], ["retention.ms": "-1"], ["retention.ms": "9223372036854775807", "cleanup.policy": "compact,delete"],
            ["cleanup.policy": ""], ["min.insync.replicas": "2", "max.message.bytes": "0"], ["no.such.config": "?"],
        ]
        let shapes = [(1, 1), (3, 3), (10_000, 1), (1, 32_767)]
        var changes: [TopicChange] = []
        for name in names {
            for (count, factor) in shapes {
                for set in configs {
                    let topic = TopicDescription(
                        name: name, partitionCount: count, replicationFactor: factor, configs: set)
                    changes.append(TopicChange(.create, before: nil, after: topic))
                    changes.append(
                        TopicChange(
                            .create, before: nil, after: topic,
                            defaults: ["retention.ms": "604800000", "cleanup.policy": "delete"], isDryRun: true))
                    var larger = topic
                    larger.partitionCount = count * 2
                    larger.assignments = Array(repeating: (0..<NodeID(min(factor, 3))).map { $0 }, count: min(count, 5))
                    changes.append(TopicChange(.addPartitions, before: topic, after: larger))
                    var other = topic
                    other.configs["retention.ms"] = set["retention.ms"] == nil ? "86400000" : nil
                    changes.append(TopicChange(.alterConfigs, before: topic, after: other))
                }
            }
        }
        return changes
    }()
}
