internal import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire
internal import NIOCore

extension FetchRequest: AnswerFailingRequest {
    static func fail(_ answer: inout FetchResponse, with error: ErrorCode, _ matching: TopicMatch?) -> Bool {
        var failed = false
        for topic in answer.responses.indices {
            let (name, id) = (answer.responses[topic].topic, answer.responses[topic].topicID)
            guard matching?(name, id) ?? true else { continue }
            for index in answer.responses[topic].partitions.indices {
                failed = true
                answer.responses[topic].partitions[index].errorCode = error
                answer.responses[topic].partitions[index].highWatermark = -1
                answer.responses[topic].partitions[index].records = .bytes(ByteBuffer())
            }
        }
        // A session's answer that has nothing to tell has a place at the top.
        if !failed, matching == nil {
            answer.errorCode = error
            return true
        }
        return failed
    }
}

extension MetadataRequest: AnswerFailingRequest {
    static func fail(_ answer: inout MetadataResponse, with error: ErrorCode, _ matching: TopicMatch?) -> Bool {
        var failed = false
        for index in answer.topics.indices
        where matching?(answer.topics[index].name ?? "", answer.topics[index].topicID) ?? true {
            failed = true
            answer.topics[index].errorCode = error
            answer.topics[index].partitions = []
        }
        return failed
    }
}
