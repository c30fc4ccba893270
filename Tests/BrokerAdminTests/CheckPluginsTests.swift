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
    private func result(
        of registration: PluginRegistration, claims: PartitionerExam.Claims? = nil, _ values: [String: String] = [:]
    ) -> ExamResult {
        PluginExamination(registration: registration, claims: claims) { values[$0] }.result
    }

    private func fixed(_ number: String, claims: PartitionerExam.Claims? = nil) -> ExamResult {
        result(of: PluginRegistration(Fixed.self), claims: claims, ["partitioner.fixed.number": number])
    }

    @Test(arguments: PluginKind.allCases)
    func `every plug-in of the reference broker passes its exam`(kind: PluginKind) {
        for plugin in AdminPlugins.builtIn.all(kind) {
            let result = result(of: plugin)
            #expect(result.violations == [] && result.omission == nil, "\(plugin.name)")
            #expect(result.promises.count > 1, "\(plugin.name)")
        }
    }

    @Test func `options reach the plug-in, and what breaks a promise is named`() {
        #expect(fixed("0").violations == [])
        let broken = fixed("7")
        #expect(broken.violations.map(\.promise).contains("the partition is one of the topic's"))
        #expect(broken.kept.contains("an explanation has a reason"))
        let json = CheckPluginsCommand.json(broken, of: PluginRegistration(Fixed.self)).description
        #expect(json.contains(#""result":"failed""#) && json.contains("the partition is one of the topic's"))
    }

    @Test func `a partitioner is held to what is claimed for it`() {
        let promise = "keys use more than one of ten partitions"
        #expect(!fixed("0").promises.contains(promise))
        #expect(fixed("0", claims: .spreads).violations.map(\.promise).contains(promise))
    }

    @Test func `a codec is held to what its format can notice, or to what is claimed for it`() throws {
        let zstd = try #require(AdminPlugins.builtIn[.codec, "zstd"])
        func promises(_ claims: CodecExam.Claims?) -> [String] {
            PluginExamination(registration: zstd, codecClaims: claims) { _ in nil }.result.promises
        }
        let (cut, changed) = ("what is cut off is an error", "what was changed is an error, or comes out as it was")
        #expect(promises(nil).contains(cut) && !promises(nil).contains(changed))
        #expect(promises(.detectsCorruption).contains(changed) && !promises([]).contains(cut))
    }

    @Test func `one that cannot be made has broken a promise, and says which value`() {
        #expect(fixed("x").violations.contains { $0.observation.contains("partitioner.fixed.number") })
    }
}
