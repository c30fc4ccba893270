internal import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire

// APIs with an error for each topic or partition.

extension ProduceRequest: TopicwiseRequest {
    static var paths: TopicPaths<Self, TopicProduceData, ProduceResponse.TopicProduceResponse> {
        TopicPaths(\.topicData, name: \.name, id: \.topicID, answers: \.responses)
    }
    func refusal(_ error: ErrorCode) -> ProduceResponse {
        ProduceResponse(
            responses: topicData.map { topic in
                .init(
                    name: topic.name, topicID: topic.topicID,
                    partitionResponses: topic.partitionData.map {
                        .init(index: $0.index, errorCode: error, baseOffset: -1)
                    })
            })
    }
}

extension ListOffsetsRequest: TopicwiseRequest {
    static var paths: TopicPaths<Self, ListOffsetsTopic, ListOffsetsResponse.ListOffsetsTopicResponse> {
        TopicPaths(\.topics, name: \.name, answers: \.topics)
    }
    func refusal(_ error: ErrorCode) -> ListOffsetsResponse {
        ListOffsetsResponse(
            topics: topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        .init(partitionIndex: $0.partitionIndex, errorCode: error, timestamp: -1, offset: -1)
                    })
            })
    }
}

extension OffsetForLeaderEpochRequest: TopicwiseRequest {
    static var paths: TopicPaths<Self, OffsetForLeaderTopic, OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult> {
        TopicPaths(\.topics, name: \.topic, answers: \.topics)
    }
    func refusal(_ error: ErrorCode) -> OffsetForLeaderEpochResponse {
        OffsetForLeaderEpochResponse(
            topics: topics.map { topic in
                .init(
                    topic: topic.topic,
                    partitions: topic.partitions.map {
                        .init(errorCode: error, partition: $0.partition, leaderEpoch: -1, endOffset: -1)
                    })
            })
    }
}

extension CreateTopicsRequest: TopicwiseRequest {
    static var paths: TopicPaths<Self, CreatableTopic, CreateTopicsResponse.CreatableTopicResult> {
        TopicPaths(\.topics, name: \.name, answers: \.topics)
    }
    func refusal(_ error: ErrorCode) -> CreateTopicsResponse {
        CreateTopicsResponse(topics: topics.map { .init(name: $0.name, errorCode: error) })
    }
}

extension CreatePartitionsRequest: TopicwiseRequest {
    static var paths: TopicPaths<Self, CreatePartitionsTopic, CreatePartitionsResponse.CreatePartitionsTopicResult> {
        TopicPaths(\.topics, name: \.name, answers: \.results)
    }
    func refusal(_ error: ErrorCode) -> CreatePartitionsResponse {
        CreatePartitionsResponse(results: topics.map { .init(name: $0.name, errorCode: error) })
    }
}

extension DeleteRecordsRequest: TopicwiseRequest {
    static var paths: TopicPaths<Self, DeleteRecordsTopic, DeleteRecordsResponse.DeleteRecordsTopicResult> {
        TopicPaths(\.topics, name: \.name, answers: \.topics)
    }
    func refusal(_ error: ErrorCode) -> DeleteRecordsResponse {
        DeleteRecordsResponse(
            topics: topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        .init(partitionIndex: $0.partitionIndex, lowWatermark: -1, errorCode: error)
                    })
            })
    }
}

extension OffsetCommitRequest: TopicwiseRequest {
    static var paths: TopicPaths<Self, OffsetCommitRequestTopic, OffsetCommitResponse.OffsetCommitResponseTopic> {
        TopicPaths(\.topics, name: \.name, id: \.topicID, answers: \.topics)
    }
    func refusal(_ error: ErrorCode) -> OffsetCommitResponse {
        OffsetCommitResponse(
            topics: topics.map { topic in
                .init(
                    name: topic.name, topicID: topic.topicID,
                    partitions: topic.partitions.map { .init(partitionIndex: $0.partitionIndex, errorCode: error) })
            })
    }
}

extension TxnOffsetCommitRequest: TopicwiseRequest {
    static var paths:
        TopicPaths<Self, TxnOffsetCommitRequestTopic, TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic>
    {
        TopicPaths(\.topics, name: \.name, answers: \.topics)
    }
    func refusal(_ error: ErrorCode) -> TxnOffsetCommitResponse {
        TxnOffsetCommitResponse(
            topics: topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map { .init(partitionIndex: $0.partitionIndex, errorCode: error) })
            })
    }
}
