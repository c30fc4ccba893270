package import BrokerPrimitives
package import BrokerWire

/// What a parked call is answered with.
package enum GroupReply: Equatable, Sendable {
    case join(JoinGroupResponse)
    case sync(SyncGroupResponse)
    case offsetCommit(OffsetCommitResponse)
    case offsetDelete(OffsetDeleteResponse)
    case deleteGroup(ErrorCode)
}

extension JoinGroupResponse {
    /// An answer without a generation.
    package static func failure(
        _ code: ErrorCode, memberID: String = "", version: Int16
    ) -> JoinGroupResponse {
        var response = JoinGroupResponse()
        response.errorCode = code
        response.generationID = -1
        response.memberID = memberID
        response.protocolType = nil
        // Only from version 7 on may it be null.
        response.protocolName = version >= 7 ? nil : ""
        return response
    }
}

extension SyncGroupResponse {
    package static func failure(_ code: ErrorCode) -> SyncGroupResponse {
        var response = SyncGroupResponse()
        response.errorCode = code
        response.protocolType = nil
        response.protocolName = nil
        return response
    }
}
