import BrokerWire
import NIOCore

/// The encodings on the way of a produce, a fetch and a metadata request.
func measureMessages() throws {
    try measure(
        "Produce v12, partitions: 1",
        ProduceRequest(
            acks: 1, timeoutMs: 30_000,
            topicData: [
                .init(
                    name: "bench",
                    partitionData: [.init(index: 0, records: .bytes(ByteBuffer(repeating: 1, count: 170)))])
            ]),
        ProduceResponse(
            responses: [.init(name: "bench", partitionResponses: [.init(index: 0, baseOffset: 42, logStartOffset: 0)])]
        ),
        version: 12)

    let fetched = (0..<100).map {
        FetchRequest.FetchPartition(partition: $0, fetchOffset: 42, partitionMaxBytes: 1 << 20)
    }
    let empty = (0..<100).map { FetchResponse.PartitionData(partitionIndex: $0, highWatermark: 42) }
    for count in [1, 100] {
        try measure(
            "Fetch v12, partitions: \(count)",
            FetchRequest(
                maxWaitMs: 500, minBytes: 1, topics: [.init(topic: "bench", partitions: Array(fetched.prefix(count)))]),
            FetchResponse(responses: [.init(topic: "bench", partitions: Array(empty.prefix(count)))]),
            version: 12)
    }

    let partitions = (0..<10).map {
        MetadataResponse.MetadataResponsePartition(
            partitionIndex: $0, leaderID: 1, leaderEpoch: 3, replicaNodes: [1, 2, 3], isrNodes: [1, 2, 3])
    }
    try measure(
        "Metadata v12, 100 topics of 10 partitions",
        MetadataRequest(topics: (0..<100).map { .init(name: "topic-\($0)") }),
        MetadataResponse(
            brokers: (1...3).map { .init(nodeID: $0, host: "127.0.0.1", port: 9092) }, controllerID: 1,
            topics: (0..<100).map { .init(name: "topic-\($0)", partitions: partitions) }),
        version: 12)
}

/// Reads the request as a broker does, and writes the response into an encoder that is used again.
private func measure<Request: WireRequest>(
    _ name: String, _ request: Request, _ response: Request.Response, version: Int16
) throws {
    var frame = try FrameEncoder.request(request, version: version, correlationID: 7, clientID: "bench").bytes
    frame.moveReaderIndex(forwardBy: 4)
    report(
        "\(name): decode request",
        try nanoseconds {
            var rest = frame
            consume(try RequestPreamble.decode(consuming: &rest))
            consume(try Request.decode(rest, version: version))
        }, "ns")
    var encoder = FrameEncoder()
    report(
        "\(name): encode response",
        try nanoseconds {
            try encoder.response(response, version: version, correlationID: 7)
            consume(encoder.take())
        }, "ns")
}
