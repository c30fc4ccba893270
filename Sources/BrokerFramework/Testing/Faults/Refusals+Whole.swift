internal import BrokerPrimitives
internal import BrokerWire

// APIs with one error for the whole request.

extension AddOffsetsToTxnRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> AddOffsetsToTxnResponse { AddOffsetsToTxnResponse(errorCode: error) }
}

extension AddRaftVoterRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> AddRaftVoterResponse { AddRaftVoterResponse(errorCode: error) }
}

extension AlterPartitionReassignmentsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> AlterPartitionReassignmentsResponse {
        AlterPartitionReassignmentsResponse(errorCode: error)
    }
}

extension AlterShareGroupOffsetsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> AlterShareGroupOffsetsResponse {
        AlterShareGroupOffsetsResponse(errorCode: error)
    }
}

extension ApiVersionsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> ApiVersionsResponse { ApiVersionsResponse(errorCode: error) }
}

extension ConsumerGroupHeartbeatRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> ConsumerGroupHeartbeatResponse {
        ConsumerGroupHeartbeatResponse(errorCode: error)
    }
}

extension CreateDelegationTokenRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> CreateDelegationTokenResponse {
        CreateDelegationTokenResponse(errorCode: error)
    }
}

extension DeleteShareGroupOffsetsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DeleteShareGroupOffsetsResponse {
        DeleteShareGroupOffsetsResponse(errorCode: error)
    }
}

extension DescribeAclsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DescribeAclsResponse { DescribeAclsResponse(errorCode: error) }
}

extension DescribeClientQuotasRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DescribeClientQuotasResponse { DescribeClientQuotasResponse(errorCode: error) }
}

extension DescribeClusterRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DescribeClusterResponse { DescribeClusterResponse(errorCode: error) }
}

extension DescribeDelegationTokenRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DescribeDelegationTokenResponse {
        DescribeDelegationTokenResponse(errorCode: error)
    }
}

extension DescribeLogDirsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DescribeLogDirsResponse { DescribeLogDirsResponse(errorCode: error) }
}

extension DescribeQuorumRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DescribeQuorumResponse { DescribeQuorumResponse(errorCode: error) }
}

extension DescribeUserScramCredentialsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> DescribeUserScramCredentialsResponse {
        DescribeUserScramCredentialsResponse(errorCode: error)
    }
}

extension ElectLeadersRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> ElectLeadersResponse { ElectLeadersResponse(errorCode: error) }
}

extension EndTxnRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> EndTxnResponse { EndTxnResponse(errorCode: error) }
}

extension ExpireDelegationTokenRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> ExpireDelegationTokenResponse {
        ExpireDelegationTokenResponse(errorCode: error)
    }
}

extension GetTelemetrySubscriptionsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> GetTelemetrySubscriptionsResponse {
        GetTelemetrySubscriptionsResponse(errorCode: error)
    }
}

extension HeartbeatRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> HeartbeatResponse { HeartbeatResponse(errorCode: error) }
}

extension InitProducerIdRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> InitProducerIdResponse { InitProducerIdResponse(errorCode: error) }
}

extension JoinGroupRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> JoinGroupResponse { JoinGroupResponse(errorCode: error) }
}

extension LeaveGroupRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> LeaveGroupResponse { LeaveGroupResponse(errorCode: error) }
}

extension ListConfigResourcesRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> ListConfigResourcesResponse { ListConfigResourcesResponse(errorCode: error) }
}

extension ListGroupsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> ListGroupsResponse { ListGroupsResponse(errorCode: error) }
}

extension ListPartitionReassignmentsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> ListPartitionReassignmentsResponse {
        ListPartitionReassignmentsResponse(errorCode: error)
    }
}

extension ListTransactionsRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> ListTransactionsResponse { ListTransactionsResponse(errorCode: error) }
}

extension OffsetDeleteRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> OffsetDeleteResponse { OffsetDeleteResponse(errorCode: error) }
}

extension PushTelemetryRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> PushTelemetryResponse { PushTelemetryResponse(errorCode: error) }
}

extension RemoveRaftVoterRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> RemoveRaftVoterResponse { RemoveRaftVoterResponse(errorCode: error) }
}

extension RenewDelegationTokenRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> RenewDelegationTokenResponse { RenewDelegationTokenResponse(errorCode: error) }
}

extension SaslAuthenticateRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> SaslAuthenticateResponse { SaslAuthenticateResponse(errorCode: error) }
}

extension SaslHandshakeRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> SaslHandshakeResponse { SaslHandshakeResponse(errorCode: error) }
}

extension ShareAcknowledgeRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> ShareAcknowledgeResponse { ShareAcknowledgeResponse(errorCode: error) }
}

extension ShareFetchRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> ShareFetchResponse { ShareFetchResponse(errorCode: error) }
}

extension ShareGroupHeartbeatRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> ShareGroupHeartbeatResponse { ShareGroupHeartbeatResponse(errorCode: error) }
}

extension StreamsGroupHeartbeatRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> StreamsGroupHeartbeatResponse {
        StreamsGroupHeartbeatResponse(errorCode: error)
    }
}

extension SyncGroupRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> SyncGroupResponse { SyncGroupResponse(errorCode: error) }
}

extension UnregisterBrokerRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> UnregisterBrokerResponse { UnregisterBrokerResponse(errorCode: error) }
}

extension UpdateFeaturesRequest: RefusableRequest {
    func refusal(_ error: ErrorCode) -> UpdateFeaturesResponse { UpdateFeaturesResponse(errorCode: error) }
}
