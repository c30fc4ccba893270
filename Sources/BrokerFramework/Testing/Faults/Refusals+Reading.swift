internal import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire
internal import NIOCore

extension FetchRequest: ReadingRequest {
    func names(_ matching: TopicMatch) -> Bool { topics.contains { matching($0.topic, $0.topicID) } }
}

extension FetchResponse: FailableAnswer {
    func names(_ matching: TopicMatch) -> Bool { responses.contains { matching($0.topic, $0.topicID) } }

    mutating func fail(with error: ErrorCode, _ matching: TopicMatch?) -> Bool {
        var failed = false
        for topic in responses.indices {
            guard matching?(responses[topic].topic, responses[topic].topicID) ?? true else { continue }
            for index in responses[topic].partitions.indices {
                failed = true
                responses[topic].partitions[index].errorCode = error
                responses[topic].partitions[index].highWatermark = -1
                responses[topic].partitions[index].records = .bytes(ByteBuffer())
            }
        }
        // A session's answer that has nothing to tell has a place at the top.
        if !failed, matching == nil {
            errorCode = error
            return true
        }
        return failed
    }
}

extension MetadataRequest: ReadingRequest {
    func names(_ matching: TopicMatch) -> Bool {
        // Who names none asks for all.
        topics?.contains { matching($0.name ?? "", $0.topicID) } ?? true
    }
}

extension MetadataResponse: FailableAnswer {
    func names(_ matching: TopicMatch) -> Bool { topics.contains { matching($0.name ?? "", $0.topicID) } }

    mutating func fail(with error: ErrorCode, _ matching: TopicMatch?) -> Bool {
        var failed = false
        for index in topics.indices where matching?(topics[index].name ?? "", topics[index].topicID) ?? true {
            failed = true
            topics[index].errorCode = error
            topics[index].partitions = []
        }
        return failed
    }
}
