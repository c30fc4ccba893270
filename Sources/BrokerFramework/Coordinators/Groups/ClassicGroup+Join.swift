internal import BrokerPrimitives
package import BrokerWire
internal import NIOCore
internal import OrderedCollections

/// A JoinGroup request with all that matters beside its fields.
package struct GroupJoin: Sendable {
    package var request: JoinGroupRequest
    package var version: Int16
    package var client: GroupClient
    package var call: CallToken
    /// The id the member gets if it has none.
    package var newMemberID: String

    package init(
        request: JoinGroupRequest, version: Int16, client: GroupClient, call: CallToken, newMemberID: String
    ) {
        self.request = request
        self.version = version
        self.client = client
        self.call = call
        self.newMemberID = newMemberID
    }

    /// From version 4 on a member must come back with the id it was given before it counts (KIP-394).
    var mustKnowItsID: Bool { version >= 4 }
    var parked: ClassicMember.ParkedJoin { .init(call: call, version: version) }
    var rebalanceTimeout: Int32 {
        request.rebalanceTimeoutMs == -1 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs
    }
    var protocols: [ClassicMember.Support] {
        request.protocols.map { ClassicMember.Support(name: $0.name, metadata: $0.metadata) }
    }
    var metadataByteCount: Int { request.protocols.reduce(0) { $0 + $1.metadata.readableBytes } }
}

extension ClassicGroup {
    /// Takes a member in, or leads it through another rebalance; answers now or when the rebalance ends.
    mutating func join(_ join: GroupJoin, _ context: inout GroupContext) {
        do throws(CoordinatorError) {
            guard hasRoom(for: join, context.settings) else {
                drop(join.request.memberID, &context)
                throw CoordinatorError(.groupMaxSizeReached)
            }
            guard supports(join.request.protocolType, join.request.protocols) else {
                throw CoordinatorError(.inconsistentGroupProtocol)
            }
            if join.request.memberID.isEmpty {
                try joinNewMember(join, &context)
            } else {
                try joinKnownMember(join, &context)
            }
        } catch {
            refuse(join.parked, error.code, memberID: join.request.memberID, &context)
        }
    }

    private func hasRoom(for join: GroupJoin, _ settings: GroupSettings) -> Bool {
        let member = members[join.request.memberID]
        let known = member?.metadataByteCount ?? 0
        guard metadataByteCount - known + join.metadataByteCount <= GroupSettings.maximumMetadataByteCount else {
            return false
        }
        switch state {
        case .empty: return true
        case .preparingRebalance: return member?.join != nil || awaitingJoinCount < settings.maximumSize
        case .completingRebalance, .stable: return member != nil || members.count < settings.maximumSize
        }
    }

    // MARK: New members

    private mutating func joinNewMember(_ join: GroupJoin, _ context: inout GroupContext) throws(CoordinatorError) {
        if let instance = join.request.groupInstanceID {
            guard let oldID = staticMembers[instance] else {
                return add(join, id: join.newMemberID, &context)
            }
            return replace(oldID, by: join, &context)
        }
        guard join.mustKnowItsID else { return add(join, id: join.newMemberID, &context) }
        guard pendingCount < GroupSettings.maximumPendingMembers else { throw CoordinatorError(.groupMaxSizeReached) }
        addPending(join.newMemberID)
        context.set(.member(join.newMemberID), of: id, in: Int64(join.request.sessionTimeoutMs))
        refuse(join.parked, .memberIdRequired, memberID: join.newMemberID, &context)
    }

    /// Adds a member that waits in the rebalance, and begins one if none is under way.
    private mutating func add(_ join: GroupJoin, id memberID: String, _ context: inout GroupContext) {
        if state == .preparingRebalance, previousState == .empty { hasNewMember = true }
        if isEmpty { protocolType = join.request.protocolType }
        var member = ClassicMember(
            id: memberID, instanceID: join.request.groupInstanceID, client: join.client,
            rebalanceTimeout: join.rebalanceTimeout, sessionTimeout: join.request.sessionTimeoutMs,
            protocols: join.protocols)
        member.isNew = true
        member.join = join.parked
        add(member)
        // It does not know its id yet, so it is given longer than a session: until it is answered it sends nothing.
        context.set(.member(memberID), of: id, in: GroupSettings.newMemberJoinTimeout)
        prepareRebalanceOrCompleteJoin(&context)
    }

    // MARK: Members that come back

    private mutating func joinKnownMember(_ join: GroupJoin, _ context: inout GroupContext) throws(CoordinatorError) {
        let memberID = join.request.memberID
        if isPending(memberID) {
            guard join.request.groupInstanceID == nil else { throw CoordinatorError(.unknownMemberId) }
            return add(join, id: memberID, &context)
        }
        try check(memberID, join.request.groupInstanceID)
        guard let member = members[memberID] else { throw CoordinatorError(.unknownMemberId) }
        switch state {
        case .preparingRebalance: rejoin(join, &context)
        case .completingRebalance:
            // It may not have got the answer it was given: it gets it again.
            if member.protocols == join.protocols {
                answer(join, memberID, isTold: leader == memberID, &context)
            } else {
                rejoin(join, &context)
            }
        case .stable:
            // A leader that joins again wants to assign anew, whatever it says.
            if leader == memberID || member.protocols != join.protocols {
                rejoin(join, &context)
            } else {
                answer(join, memberID, isTold: false, &context)
            }
        case .empty: throw CoordinatorError(.unknownMemberId)
        }
    }

    private mutating func rejoin(_ join: GroupJoin, _ context: inout GroupContext) {
        park(join, at: join.request.memberID, &context)
        prepareRebalanceOrCompleteJoin(&context)
    }

    /// Lets the member wait with this request; an earlier one that still waits is answered first.
    mutating func park(_ join: GroupJoin, at memberID: String, _ context: inout GroupContext) {
        if let earlier = members[memberID]?.join {
            refuse(earlier, .rebalanceInProgress, memberID: memberID, &context)
        }
        update(memberID) { member in
            member.join = join.parked
            member.protocols = join.protocols
            member.rebalanceTimeout = join.rebalanceTimeout
            member.sessionTimeout = join.request.sessionTimeoutMs
            member.client = join.client
        }
    }

    /// Answers with the generation there is.
    private mutating func answer(
        _ join: GroupJoin, _ memberID: String, isTold: Bool, _ context: inout GroupContext
    ) {
        if let member = members[memberID] { keepAlive(member, &context) }
        context.reply(join.call, .join(generationReply(to: memberID, withMembers: isTold)))
    }

    /// What a member is told of the generation.
    func generationReply(to memberID: String, withMembers: Bool) -> JoinGroupResponse {
        var response = JoinGroupResponse()
        response.generationID = generation
        response.protocolType = protocolType
        response.protocolName = protocolName
        response.leader = leader ?? ""
        response.memberID = memberID
        guard withMembers else { return response }
        response.members = members.values.map {
            .init(memberID: $0.id, groupInstanceID: $0.instanceID, metadata: $0.metadata(for: protocolName))
        }
        return response
    }

    func refuse(
        _ join: ClassicMember.ParkedJoin, _ code: ErrorCode, memberID: String, _ context: inout GroupContext
    ) {
        context.reply(join.call, .join(.failure(code, memberID: memberID, version: join.version)))
    }
}
