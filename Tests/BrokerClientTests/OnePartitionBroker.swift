import BrokerModel
import BrokerPrimitives
import BrokerWire
import Codecs
import NIOCore
import Synchronization

@testable import BrokerClient

/// One broker with one topic of one partition, that keeps what it is sent and fails now and then.
final class OnePartitionBroker: Sendable {
    struct State {
        var log: [String] = []
        var nextSequence: Int32 = 0
        var produceCount = 0
        var address = BrokerAddress(host: "127.0.0.1", port: 1)
        var compressions: Set<UInt8> = []
    }

    let state = Mutex(State())
    /// Whether the produce request of that number, from 1, ends its connection before or after the append.
    let breaks: @Sendable (Int) -> Bool

    init(breaks: @escaping @Sendable (Int) -> Bool) { self.breaks = breaks }

    func answer(_ request: ScriptedBroker.Request) -> ScriptedBroker.Reply {
        switch request.key {
        case .metadata:
            let address = state.withLock { $0.address }
            return .response(
                MetadataResponse(
                    brokers: [.init(nodeID: 1, host: address.host, port: Int32(address.port))], controllerID: 1,
                    topics: [
                        .init(
                            name: "t", topicID: .one,
                            partitions: [.init(partitionIndex: 0, leaderID: 1, leaderEpoch: 0)])
                    ]), to: request)
        case .initProducerID:
            return .response(InitProducerIdResponse(producerID: 5, producerEpoch: 0), to: request)
        case .produce: return produce(request)
        default:
            return .versions(
                [.metadata: 4...13, .initProducerID: 0...5, .produce: 3...13, .apiVersions: 0...4], to: request)
        }
    }

    private func produce(_ request: ScriptedBroker.Request) -> ScriptedBroker.Reply {
        guard let message = try? ProduceRequest.decode(request.body, version: request.version),
            let topic = message.topicData.first, let data = topic.partitionData.first,
            let bytes = data.records?.buffer, let batch = try? RecordBatch(bytes), topic.topicID == .one
        else { return .close }
        return state.withLock { state in
            state.produceCount += 1
            let isBroken = breaks(state.produceCount)
            // Every second break comes before the append.
            if isBroken, state.produceCount % 2 == 0 { return .close }
            var answer = ProduceResponse.PartitionProduceResponse(index: 0)
            let header = batch.header
            if header.baseSequence == state.nextSequence {
                answer.baseOffset = Int64(state.log.count)
                state.log += values(batch)
                state.compressions.insert(header.attributes.compression.rawValue)
                state.nextSequence += header.recordCount
            } else if header.lastSequence < state.nextSequence {
                answer.errorCode = .duplicateSequenceNumber
            } else {
                answer.errorCode = .outOfOrderSequenceNumber
            }
            if isBroken { return .close }
            return .response(
                ProduceResponse(responses: [.init(topicID: .one, partitionResponses: [answer])]), to: request)
        }
    }

    private func values(_ batch: RecordBatch) -> [String] {
        var payload = batch.payload
        if batch.header.attributes.compression == .zstd {
            var output = ByteBuffer()
            try? ZstdCodec().decompress(payload, limit: 1 << 24, into: &output)
            payload = output
        }
        var records = batch.records(from: payload)
        return ((try? records.collect()) ?? []).map { $0.value.map { String(buffer: $0) } ?? "null" }
    }
}
