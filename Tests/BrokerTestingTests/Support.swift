import BrokerTesting
import NIOCore
import Testing

/// Speaks to a test broker in requests of the protocol.
func connect(_ broker: TestBroker, as clientID: String = "test") async throws -> BrokerConnection {
    var configuration = broker.clientConfiguration
    configuration.clientID = clientID
    return try await BrokerConnection.open(
        to: BrokerAddress(host: "127.0.0.1", port: broker.port), configuration: configuration)
}

/// A batch of one record for each value.
func batch(_ values: String...) -> ByteBuffer {
    var builder = RecordBatchBuilder()
    // Long ago, but not as long as 1970 for nobody.
    for value in values { builder.append(timestamp: 1, key: nil, value: ByteBuffer(string: value)) }
    return builder.build()
}

func produceRequest(_ topics: String..., acks: Int16 = -1) -> ProduceRequest {
    ProduceRequest(
        acks: acks, timeoutMs: 1000,
        topicData: topics.map { .init(name: $0, partitionData: [.init(index: 0, records: .bytes(batch("x")))]) })
}

func fetchRequest(_ topics: String..., maxWait: Int32 = 0) -> FetchRequest {
    FetchRequest(
        maxWaitMs: maxWait, minBytes: 1, maxBytes: 1 << 20,
        topics: topics.map {
            .init(topic: $0, partitions: [.init(partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20)])
        })
}

extension ProduceResponse {
    /// The error of each topic's first partition.
    var errors: [String: ErrorCode] {
        responses.reduce(into: [:]) { $0[$1.name] = $1.partitionResponses.first?.errorCode }
    }
}

extension FetchResponse {
    var errors: [String: ErrorCode] {
        responses.reduce(into: [:]) { $0[$1.topic] = $1.partitions.first?.errorCode }
    }
}
