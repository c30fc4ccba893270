import BrokerModel
import BrokerPrimitives
import BrokerWire
import Testing

@testable import BrokerClient

private func response(
    leader: Int32 = 1, epoch: Int32 = 0, id: KafkaUUID = .one, error: ErrorCode = .none, brokers: [Int32] = [1, 2]
) -> MetadataResponse {
    MetadataResponse(
        brokers: brokers.map { .init(nodeID: $0, host: "h\($0)", port: 9092) }, clusterID: "c", controllerID: 2,
        topics: [
            .init(
                errorCode: error, name: "t", topicID: id,
                partitions: [.init(partitionIndex: 0, leaderID: leader, leaderEpoch: epoch)])
        ])
}

@Suite struct ClusterMetadataTests {
    @Test func `an answer is taken in`() {
        var metadata = ClusterMetadata()
        metadata.update(with: response())
        #expect(metadata.controller == 2)
        #expect(metadata.brokers[2]?.address == BrokerAddress(host: "h2", port: 9092))
        #expect(metadata.topics["t"]?[0]?.leader == 1)
        #expect(metadata.topics["t"]?[1] == nil)
    }

    @Test func `an older leader epoch does not win over a newer one`() {
        var metadata = ClusterMetadata()
        metadata.update(with: response(leader: 2, epoch: 5))
        metadata.update(with: response(leader: 1, epoch: 4))
        #expect(metadata.topics["t"]?[0]?.leader == 2)
    }

    @Test func `a topic made anew begins its epochs anew`() {
        var metadata = ClusterMetadata()
        metadata.update(with: response(leader: 2, epoch: 5))
        metadata.update(with: response(leader: 1, epoch: 0, id: KafkaUUID(high: 9, low: 9)))
        #expect(metadata.topics["t"]?[0]?.leader == 1)
    }

    @Test func `a topic that is gone is forgotten, with the reason`() {
        var metadata = ClusterMetadata()
        metadata.update(with: response())
        metadata.update(with: response(error: .unknownTopicOrPartition))
        #expect(metadata.topics["t"] == nil)
        #expect(metadata.errors["t"] == .unknownTopicOrPartition)
    }

    @Test func `an answer without brokers forgets none`() {
        var metadata = ClusterMetadata()
        metadata.update(with: response())
        metadata.update(with: response(brokers: []))
        #expect(metadata.brokers.count == 2)
    }
}
