import BrokerController
import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerWire
import Testing

/// What a judge of topics is shown, and what its answers do.
struct TopicJudgementTests {
    private static let refusal = ControllerError(.policyViolation, "No.")

    /// Creates topics before a judge that refuses those whose names begin with x.
    private func create(
        _ cluster: inout Cluster, _ topics: [CreateTopicsRequest.CreatableTopic], validateOnly: Bool = false
    ) throws -> (codes: [ErrorCode], shown: [TopicChange], charged: [Int]) {
        var shown: [TopicChange] = []
        var charged: [Int] = []
        let request = CreateTopicsRequest(topics: topics, validateOnly: validateOnly)
        let reply = try cluster.decide { controller, generator in
            controller.createTopics(
                request, describes: { _ in true },
                judge: { change in
                    shown.append(change)
                    return change.topic.hasPrefix("x") ? Self.refusal : nil
                },
                charge: { count in
                    charged.append(count)
                    return nil
                }, generator: &generator)
        }
        return (reply.topics.map(\.errorCode), shown, charged)
    }

    @Test(arguments: [false, true])
    func `a topic that is refused is neither made nor counted, and the others are`(validateOnly: Bool) throws {
        var cluster = try Cluster(brokers: 3, ["log.retention.ms": "5000", "num.partitions": "4"])
        let topics: [CreateTopicsRequest.CreatableTopic] = [
            .automatic("a", partitions: -1, factor: 2, configs: [("segment.bytes", " 1048576 ")]), .automatic("x1"),
            .manual("b", [(0, [1, 2]), (1, [2, 3])]), .automatic("bad name"), .automatic("c", factor: 9),
            .automatic("d", configs: [("no.such", "1")]),
        ]
        let (codes, shown, charged) = try create(&cluster, topics, validateOnly: validateOnly)
        #expect(
            codes == [
                .none, .policyViolation, .none, .invalidTopicException, .invalidReplicationFactor, .invalidConfig,
            ])
        #expect(charged == [4, 2])
        #expect(shown.map(\.topic) == ["a", "x1", "b"], "what cannot be is not worth a judgement")
        #expect(shown.allSatisfy { $0.operation == .create && $0.before == nil && $0.isDryRun == validateOnly })
        #expect(shown[0].after.configs == ["segment.bytes": "1048576"], "as it is read")
        #expect(shown[0].config("retention.ms") == "5000", "the broker's default")
        #expect(shown[0].config("segment.bytes") == "1048576" && shown[0].changedConfigs == ["segment.bytes"])
        #expect(shown.map(\.after.partitionCount) == [4, 1, 2] && shown.map(\.after.replicationFactor) == [2, 1, 2])
        #expect(shown[0].after.assignments.isEmpty && shown[2].after.assignments == [[1, 2], [2, 3]])
        #expect(cluster.controller.image.topics.names == (validateOnly ? [] : ["a", "b"]))
    }

    @Test func `more partitions are judged as they would be`() throws {
        var cluster = try Cluster(brokers: 3)
        _ = try cluster.create(.automatic("t", partitions: 2, factor: 2), .automatic("x"))
        let request = CreatePartitionsRequest(topics: [
            .init(name: "t", count: 4, assignments: [.init(brokerIDs: [1, 2]), .init(brokerIDs: [2, 3])]),
            .init(name: "x", count: 3, assignments: nil), .init(name: "y", count: 3, assignments: nil),
        ])
        var shown: [TopicChange] = []
        let reply = try cluster.decide { controller, generator in
            controller.createPartitions(
                request, mayAlter: { _ in true },
                judge: { change in
                    shown.append(change)
                    return change.topic == "x" ? Self.refusal : nil
                }, generator: &generator)
        }
        #expect(reply.results.map(\.errorCode) == [.none, .policyViolation, .unknownTopicOrPartition])
        #expect(shown.map(\.topic) == ["t", "x"] && shown.allSatisfy { $0.operation == .addPartitions })
        #expect(shown.map(\.addedPartitionCount) == [2, 2] && shown.map(\.before?.partitionCount) == [2, 1])
        #expect(shown[0].after.assignments == [[1, 2], [2, 3]] && shown[1].after.assignments.isEmpty)
        #expect(try cluster.topic("t").partitions.count == 4)
        #expect(try cluster.topic("x").partitions.count == 1)
    }

    private func alter(
        _ cluster: inout Cluster, _ resources: [(type: Int8, name: String, key: String, value: String?)]
    ) throws -> (codes: [ErrorCode], shown: [TopicChange]) {
        let request = IncrementalAlterConfigsRequest(
            resources: resources.map {
                .init(
                    resourceType: $0.type, resourceName: $0.name,
                    configs: [.init(name: $0.key, configOperation: $0.value == nil ? 1 : 0, value: $0.value)])
            })
        var shown: [TopicChange] = []
        let reply = try cluster.decide { controller, _ in
            controller.alterConfigs(
                request,
                judge: { change in
                    shown.append(change)
                    return change.topic.hasPrefix("x") ? Self.refusal : nil
                }, refusal: { _ in nil })
        }
        return (reply.responses.map(\.errorCode), shown)
    }

    @Test func `configs are judged as they would be, and of topics alone`() throws {
        var cluster = try Cluster(brokers: 1)
        _ = try cluster.create(.automatic("t", configs: [("retention.ms", "7")]), .automatic("x"))
        let (codes, shown) = try alter(
            &cluster,
            [
                (2, "t", "segment.bytes", "1048576"), (2, "x", "retention.ms", "9"), (4, "", "log.retention.ms", "8"),
                (2, "u", "retention.ms", "9"),
            ])
        #expect(codes == [.none, .policyViolation, .none, .unknownTopicOrPartition])
        #expect(shown.map(\.topic) == ["t", "x"] && shown.allSatisfy { $0.operation == .alterConfigs })
        #expect(shown[0].before?.configs == ["retention.ms": "7"])
        #expect(shown[0].after.configs == ["retention.ms": "7", "segment.bytes": "1048576"])
        #expect(shown[0].changedConfigs == ["segment.bytes"])
        #expect(cluster.controller.image.config(of: ConfigResource(.topic, "x")).isEmpty)

        let removed = try alter(&cluster, [(2, "t", "retention.ms", nil)]).shown
        #expect(removed.map(\.changedConfigs) == [["retention.ms"]])
        #expect(removed[0].config("retention.ms") == "8", "the broker's, which was changed meanwhile")
        #expect(try alter(&cluster, [(2, "t", "segment.bytes", "1048576")]).shown.isEmpty, "that changes nothing")
    }
}
