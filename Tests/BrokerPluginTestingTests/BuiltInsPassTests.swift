import Authorizers
import BrokerModel
import BrokerPluginAPI
import BrokerPluginTesting
import CleanupPolicies
import Codecs
import Partitioners
import Testing

@Suite struct `The built-in plug-ins` {
    @Test func `partitioners pass their exam`() {
        #expect(PartitionerExam { KeyHashPartitioner() }.violations == [])
        #expect(PartitionerExam { KeyHashPartitioner(hash: .crc32) }.violations == [])
        #expect(PartitionerExam { KeyHashPartitioner(hash: .fnv1a) }.violations == [])
        #expect(PartitionerExam([.spreads]) { RoundRobinPartitioner() }.violations == [])
        #expect(PartitionerExam([.spreads]) { StickyPartitioner(byteCount: 10) }.violations == [])
        #expect(
            PartitionerExam {
                var configuration = VIPRouter.Configuration()
                configuration.keys = ["key-1", "key-2"]
                configuration.partitions = 2
                return VIPRouter(configuration)
            }.violations.map(\.promise) == ["keys use the partitions equally"],
            "two keys for two reserved partitions are few, and that is the point")
    }

    @Test func `cleanup policies pass their exam`() {
        #expect(CleanupPolicyExam { DeletePolicy(.init()) }.violations == [])
        let newest: CleanupPolicyExam.MustStay = { record, all in
            record.value != nil && record.key != nil
                && all.allSatisfy { $0.key != record.key || $0.offset <= record.offset }
        }
        #expect(CleanupPolicyExam(mustStay: newest) { CompactPolicy(.init()) }.violations == [])
        #expect(CleanupPolicyExam(mustStay: newest) { CompactPolicy(.init(), keyCountLimit: 3) }.violations == [])
    }

    @Test func `authorizers pass their exam`() {
        #expect(AuthorizerExam(stranger: nil) { AllowAll() }.violations == [])
        #expect(
            AuthorizerExam { AllowAll() }.violations.map(\.promise) == [
                "a stranger may do nothing", "a stranger may do nothing, whatever the name",
                "who is nobody may do nothing",
            ])
        #expect(AuthorizerExam { DenyAll() }.violations == [])
    }

    @Test(arguments: BuiltInCodecs.all.map(\.type))
    func `codecs pass their exam`(type: CompressionType) throws {
        let codec = try #require(BuiltInCodecs.all.first { $0.type == type })
        #expect(CodecExam { codec }.violations == [])
    }

    @Test func `what Kafka's formats cannot notice is no more than the exam lets pass`() {
        let (cut, changed) = ("what is cut off is an error", "what was changed is an error, or comes out as it was")
        for codec in BuiltInCodecs.all {
            let broken = CodecExam([.detectsTruncation, .detectsCorruption]) { codec }.violations.map(\.promise)
            let standard = CodecExam.Claims.standard(for: codec.type)
            #expect(broken.contains(changed) == !standard.contains(.detectsCorruption), "\(codec.type)")
            #expect(broken.contains(cut) == !standard.contains(.detectsTruncation), "\(codec.type)")
        }
    }
}
