internal import BrokerPrimitives
internal import BrokerWire

// APIs with an error for each thing that was asked for.

extension DeleteTopicsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DeleteTopicsResponse {
        DeleteTopicsResponse(
            responses: topics.map { .init(name: $0.name, topicID: $0.topicID, errorCode: error) }
                + topicNames.map { .init(name: $0, errorCode: error) })
    }
}

extension DescribeConfigsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DescribeConfigsResponse {
        DescribeConfigsResponse(
            results: resources.map {
                .init(errorCode: error, resourceType: $0.resourceType, resourceName: $0.resourceName)
            })
    }
}

extension AlterConfigsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> AlterConfigsResponse {
        AlterConfigsResponse(
            responses: resources.map {
                .init(errorCode: error, resourceType: $0.resourceType, resourceName: $0.resourceName)
            })
    }
}

extension IncrementalAlterConfigsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> IncrementalAlterConfigsResponse {
        IncrementalAlterConfigsResponse(
            responses: resources.map {
                .init(errorCode: error, resourceType: $0.resourceType, resourceName: $0.resourceName)
            })
    }
}

extension AlterClientQuotasRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> AlterClientQuotasResponse {
        AlterClientQuotasResponse(
            entries: entries.map { entry in
                .init(
                    errorCode: error,
                    entity: entry.entity.map { .init(entityType: $0.entityType, entityName: $0.entityName) })
            })
    }
}

extension AlterUserScramCredentialsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> AlterUserScramCredentialsResponse {
        let users = Set(deletions.map(\.name) + upsertions.map(\.name))
        return AlterUserScramCredentialsResponse(results: users.sorted().map { .init(user: $0, errorCode: error) })
    }
}

extension CreateAclsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> CreateAclsResponse {
        CreateAclsResponse(results: creations.map { _ in .init(errorCode: error) })
    }
}

extension DeleteAclsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DeleteAclsResponse {
        DeleteAclsResponse(filterResults: filters.map { _ in .init(errorCode: error) })
    }
}

extension AlterReplicaLogDirsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> AlterReplicaLogDirsResponse {
        AlterReplicaLogDirsResponse(
            results: dirs.flatMap(\.topics).map { topic in
                .init(
                    topicName: topic.name,
                    partitions: topic.partitions.map { .init(partitionIndex: $0, errorCode: error) }
                )
            })
    }
}

extension DescribeProducersRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DescribeProducersResponse {
        DescribeProducersResponse(
            topics: topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitionIndexes.map { .init(partitionIndex: $0, errorCode: error) })
            })
    }
}

extension DescribeTopicPartitionsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DescribeTopicPartitionsResponse {
        DescribeTopicPartitionsResponse(topics: topics.map { .init(errorCode: error, name: $0.name) })
    }
}

// MARK: Groups

extension FindCoordinatorRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> FindCoordinatorResponse {
        // Several at a time since version 4, each with an error of its own.
        guard !coordinatorKeys.isEmpty else { return FindCoordinatorResponse(errorCode: error, nodeID: -1, port: -1) }
        return FindCoordinatorResponse(
            coordinators: coordinatorKeys.map { .init(key: $0, nodeID: -1, port: -1, errorCode: error) })
    }
}

extension OffsetFetchRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> OffsetFetchResponse {
        // Several groups at a time since version 8, each with an error of its own.
        guard !groups.isEmpty else { return OffsetFetchResponse(errorCode: error) }
        return OffsetFetchResponse(groups: groups.map { .init(groupID: $0.groupID, errorCode: error) })
    }
}

extension DescribeGroupsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DescribeGroupsResponse {
        DescribeGroupsResponse(groups: groups.map { .init(errorCode: error, groupID: $0) })
    }
}

extension DeleteGroupsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DeleteGroupsResponse {
        DeleteGroupsResponse(results: groupsNames.map { .init(groupID: $0, errorCode: error) })
    }
}

extension ConsumerGroupDescribeRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> ConsumerGroupDescribeResponse {
        ConsumerGroupDescribeResponse(groups: groupIDs.map { .init(errorCode: error, groupID: $0) })
    }
}

extension ShareGroupDescribeRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> ShareGroupDescribeResponse {
        ShareGroupDescribeResponse(groups: groupIDs.map { .init(errorCode: error, groupID: $0) })
    }
}

extension StreamsGroupDescribeRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> StreamsGroupDescribeResponse {
        StreamsGroupDescribeResponse(groups: groupIDs.map { .init(errorCode: error, groupID: $0) })
    }
}

extension DescribeShareGroupOffsetsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DescribeShareGroupOffsetsResponse {
        DescribeShareGroupOffsetsResponse(groups: groups.map { .init(groupID: $0.groupID, errorCode: error) })
    }
}

// MARK: Transactions

extension DescribeTransactionsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DescribeTransactionsResponse {
        DescribeTransactionsResponse(
            transactionStates: transactionalIDs.map { .init(errorCode: error, transactionalID: $0) })
    }
}

extension AddPartitionsToTxnRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> AddPartitionsToTxnResponse {
        func results(
            _ topics: [AddPartitionsToTxnTopic]
        ) -> [AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult] {
            topics.map { topic in
                .init(
                    name: topic.name,
                    resultsByPartition: topic.partitions.map { .init(partitionIndex: $0, partitionErrorCode: error) })
            }
        }
        return AddPartitionsToTxnResponse(
            resultsByTransaction: transactions.map {
                .init(transactionalID: $0.transactionalID, topicResults: results($0.topics))
            }, resultsByTopicV3AndBelow: results(v3AndBelowTopics))
    }
}

extension WriteTxnMarkersRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> WriteTxnMarkersResponse {
        WriteTxnMarkersResponse(
            markers: markers.map { marker in
                .init(
                    producerID: marker.producerID,
                    topics: marker.topics.map { topic in
                        .init(
                            name: topic.name,
                            partitions: topic.partitionIndexes.map { .init(partitionIndex: $0, errorCode: error) })
                    })
            })
    }
}
