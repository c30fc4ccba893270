import BrokerController
import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerTestKit
import BrokerWire
import Testing

/// Requests at random, good and bad: `Cluster.decide` throws if a decision's records do not fit the image, and records
/// an issue if deciding changed it.
struct DecisionPropertyTests {
    @Test(arguments: 0..<30 as Range<UInt64>)
    func `any decision's records apply, and deciding changes nothing`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var cluster = try Cluster(brokers: 3)
        cluster.generator = SplitMix(seed: seed &+ 1)
        var offset: Offset = 100
        for _ in 0..<60 {
            switch random.number(0...5) {
            case 0, 1:
                let wanted = (0..<random.number(1...3)).map { _ in Self.topic(&random) }
                let request = CreateTopicsRequest(topics: wanted, validateOnly: random.number(0...4) == 0)
                let reply = try cluster.decide { $0.createTopics(request, describes: { _ in true }, generator: &$1) }
                for result in reply.topics where result.errorCode == .none && !request.validateOnly {
                    #expect(cluster.controller.image.topics[result.name]?.id == result.topicID)
                }
            case 2:
                let names = (0..<random.number(1...3)).map { _ in Self.name(&random) }
                let request = DeleteTopicsRequest(topics: names.map { .init(name: $0) })
                let reply = try cluster.decide { controller, _ in
                    controller.deleteTopics(request, version: 6) { name in
                        Controller.TopicRights(mayDescribe: true, mayDelete: name != "a")
                    }
                }
                for result in reply.responses where result.errorCode == .none {
                    #expect(cluster.controller.image.topics[result.topicID] == nil)
                }
            case 3:
                let request = CreatePartitionsRequest(topics: [
                    .init(name: Self.name(&random), count: Int32(random.number(-1...8)))
                ])
                let reply = try cluster.decide { $0.createPartitions(request, mayAlter: { _ in true }, generator: &$1) }
                if reply.results[0].errorCode == .none {
                    let topic = try cluster.topic(request.topics[0].name)
                    #expect(topic.partitions.count == Int(request.topics[0].count))
                }
            case 4:
                let request = IncrementalAlterConfigsRequest(resources: [
                    .init(
                        resourceType: 2, resourceName: Self.name(&random),
                        configs: [
                            .init(
                                name: ["retention.ms", "cleanup.policy", "x"].randomElement(using: &random) ?? "",
                                configOperation: Int8(random.number(0...4)),
                                value: ["1", "compact", "delete", nil].randomElement(using: &random) ?? nil)
                        ])
                ])
                _ = try cluster.decide { controller, _ in controller.alterConfigs(request) { _ in nil } }
            default:
                let broker = BrokerImage(
                    id: NodeID(random.number(1...5)), incarnation: id(UInt64(offset)), endpoints: [], features: [],
                    rack: nil, logDirectories: [id(1)])
                let recovered = cluster.controller.image.topics.all.map { (topic: $0.id, partition: PartitionIndex(0)) }
                let next = offset
                _ = try cluster.decide { controller, _ in
                    controller.register(broker, nextOffset: next, recovered: recovered)
                }
            }
            offset += 10
            for topic in cluster.controller.image.topics.all {
                for partition in topic.partitions where partition.leader != -1 {
                    #expect(partition.isr.contains(partition.leader))
                }
            }
        }
    }

    private static func name(_ random: inout SplitMix) -> String {
        ["a", "b.c", "b_c", "d", "e", "f", "", "!"].randomElement(using: &random) ?? ""
    }

    private static func topic(_ random: inout SplitMix) -> CreateTopicsRequest.CreatableTopic {
        if random.number(0...3) == 0 {
            return .manual(
                name(&random), (0..<Int32(random.number(1...3))).map { ($0, [NodeID(random.number(1...5)), 1]) })
        }
        return .automatic(
            name(&random), partitions: Int32(random.number(-2...5)), factor: Int16(random.number(-2...4)),
            configs: random.number(0...2) == 0
                ? [("retention.ms", ["1", "x", nil].randomElement(using: &random) ?? nil)] : [])
    }
}
