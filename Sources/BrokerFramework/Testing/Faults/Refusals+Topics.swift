internal import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire

// APIs with an error for each topic or partition.

extension ProduceRequest: TopicwiseRequest {
    var topicItems: [TopicProduceData] {
        get { topicData }
        set { topicData = newValue }
    }
    static func identify(_ topic: TopicProduceData) -> (name: String, id: TopicID) { (topic.name, topic.topicID) }
    static func append(_ refusal: ProduceResponse, to answer: inout ProduceResponse) {
        answer.responses += refusal.responses
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
    var topicItems: [ListOffsetsTopic] {
        get { topics }
        set { topics = newValue }
    }
    static func identify(_ topic: ListOffsetsTopic) -> (name: String, id: TopicID) { (topic.name, .zero) }
    static func append(_ refusal: ListOffsetsResponse, to answer: inout ListOffsetsResponse) {
        answer.topics += refusal.topics
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
    var topicItems: [OffsetForLeaderTopic] {
        get { topics }
        set { topics = newValue }
    }
    static func identify(_ topic: OffsetForLeaderTopic) -> (name: String, id: TopicID) { (topic.topic, .zero) }
    static func append(_ refusal: OffsetForLeaderEpochResponse, to answer: inout OffsetForLeaderEpochResponse) {
        answer.topics += refusal.topics
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
    var topicItems: [CreatableTopic] {
        get { topics }
        set { topics = newValue }
    }
    static func identify(_ topic: CreatableTopic) -> (name: String, id: TopicID) { (topic.name, .zero) }
    static func append(_ refusal: CreateTopicsResponse, to answer: inout CreateTopicsResponse) {
        answer.topics += refusal.topics
    }
    func refusal(_ error: ErrorCode) -> CreateTopicsResponse {
        CreateTopicsResponse(topics: topics.map { .init(name: $0.name, errorCode: error) })
    }
}

extension CreatePartitionsRequest: TopicwiseRequest {
    var topicItems: [CreatePartitionsTopic] {
        get { topics }
        set { topics = newValue }
    }
    static func identify(_ topic: CreatePartitionsTopic) -> (name: String, id: TopicID) { (topic.name, .zero) }
    static func append(_ refusal: CreatePartitionsResponse, to answer: inout CreatePartitionsResponse) {
        answer.results += refusal.results
    }
    func refusal(_ error: ErrorCode) -> CreatePartitionsResponse {
        CreatePartitionsResponse(results: topics.map { .init(name: $0.name, errorCode: error) })
    }
}

extension DeleteRecordsRequest: TopicwiseRequest {
    var topicItems: [DeleteRecordsTopic] {
        get { topics }
        set { topics = newValue }
    }
    static func identify(_ topic: DeleteRecordsTopic) -> (name: String, id: TopicID) { (topic.name, .zero) }
    static func append(_ refusal: DeleteRecordsResponse, to answer: inout DeleteRecordsResponse) {
        answer.topics += refusal.topics
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
    var topicItems: [OffsetCommitRequestTopic] {
        get { topics }
        set { topics = newValue }
    }
    static func identify(_ topic: OffsetCommitRequestTopic) -> (name: String, id: TopicID) {
        (topic.name, topic.topicID)
    }
    static func append(_ refusal: OffsetCommitResponse, to answer: inout OffsetCommitResponse) {
        answer.topics += refusal.topics
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
    var topicItems: [TxnOffsetCommitRequestTopic] {
        get { topics }
        set { topics = newValue }
    }
    static func identify(_ topic: TxnOffsetCommitRequestTopic) -> (name: String, id: TopicID) { (topic.name, .zero) }
    static func append(_ refusal: TxnOffsetCommitResponse, to answer: inout TxnOffsetCommitResponse) {
        answer.topics += refusal.topics
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
