import BrokerModel
import BrokerPluginAPI
import BrokerPluginTesting
import DefaultPlugins
import NIOCore
import Testing

@testable import BrokerAdmin

/// Answers what its option says, be it a partition or not.
private struct Fixed: ExplainablePartitioner, Plugin {
    static let name = "fixed"
    static let summary = "One number."
    struct Configuration: PluginConfiguration {
        var number = 0
        static let schema = PluginSchema<Self> { ConfigKey("number", \.number, "The number.", in: 0...100) }
    }
    let number: PartitionIndex
    init(_ configuration: Configuration) { number = PartitionIndex(configuration.number) }
    func partition(for record: PartitionerContext) -> PartitionIndex { number }
    func explain(_ record: PartitionerContext) -> PartitionRoute { PartitionRoute(number, because: "it is fixed") }
}

@Suite struct CheckPluginsTests {
    private func examination(
        _ registration: PluginRegistration, claims: PartitionerExam.Claims? = nil, _ values: [String: String] = [:]
    ) -> PluginExamination {
        PluginExamination(registration: registration, claims: claims) { values[$0] }
    }

    @Test(arguments: PluginKind.allCases) func `every plug-in of the reference broker passes its exam`(kind: PluginKind)
    {
        for plugin in AdminPlugins.builtIn.all(kind) {
            #expect(examination(plugin).result == .passed, "\(plugin.name)")
        }
    }

    @Test func `options reach the plug-in, and what breaks a promise is named`() {
        #expect(examination(PluginRegistration(Fixed.self)).result == .passed)
        guard
            case .failed(let violations) = examination(
                PluginRegistration(Fixed.self), ["partitioner.fixed.number": "7"]
            ).result
        else {
            Issue.record("7 is no partition of a topic that has one")
            return
        }
        #expect(violations.contains { $0.promise == "the partition is one of the topic's" })
    }

    @Test func `a partitioner is held to what is claimed for it`() {
        guard case .failed(let violations) = examination(PluginRegistration(Fixed.self), claims: .spreads).result else {
            Issue.record("one partition is not many")
            return
        }
        #expect(violations.map(\.promise).contains("keys use more than one of ten partitions"))
    }

    @Test func `one that cannot be made has broken a promise, and says which value`() {
        guard
            case .failed(let violations) = examination(
                PluginRegistration(Fixed.self), ["partitioner.fixed.number": "x"]
            ).result
        else {
            Issue.record("x is no number")
            return
        }
        #expect(violations.contains { $0.observation.contains("partitioner.fixed.number") })
    }
}
