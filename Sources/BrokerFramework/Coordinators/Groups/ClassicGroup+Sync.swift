internal import BrokerPrimitives
internal import BrokerWire
internal import OrderedCollections
internal import NIOCore

extension ClassicGroup {
    /// Takes the leader's assignment, or tells a member its share: now, or when the leader has come.
    mutating func sync(_ request: SyncGroupRequest, _ call: CallToken, _ context: inout GroupContext) {
        do throws(CoordinatorError) {
            try check(request.memberID, request.groupInstanceID)
            guard request.generationID == generation else { throw CoordinatorError(.illegalGeneration) }
            guard request.protocolType == nil || request.protocolType == protocolType,
                request.protocolName == nil || request.protocolName == protocolName
            else { throw CoordinatorError(.inconsistentGroupProtocol) }
            switch state {
            case .empty: throw CoordinatorError(.unknownMemberId)
            case .preparingRebalance: throw CoordinatorError(.rebalanceInProgress)
            case .completingRebalance:
                wait(request.memberID, call, &context)
                if leader == request.memberID { assign(request.assignments, &context) }
            case .stable:
                synced(request.memberID, &context)
                tell(request.memberID, call, &context)
            }
        } catch {
            context.reply(call, .sync(.failure(error.code)))
        }
    }

    private mutating func wait(_ memberID: String, _ call: CallToken, _ context: inout GroupContext) {
        if let earlier = members[memberID]?.sync {
            context.reply(earlier, .sync(.failure(.rebalanceInProgress)))
        }
        update(memberID) { $0.sync = call }
        synced(memberID, &context)
    }

    private mutating func synced(_ memberID: String, _ context: inout GroupContext) {
        pendingSyncs.remove(memberID)
        if pendingSyncs.isEmpty { context.cancel(.sync, of: id) }
    }

    /// Writes down what the leader has decided. Those it has left out get nothing.
    private mutating func assign(
        _ assignments: [SyncGroupRequest.SyncGroupRequestAssignment], _ context: inout GroupContext
    ) {
        for member in members.values { update(member.id) { $0.assignment = ByteBuffer() } }
        for assignment in assignments {
            update(assignment.memberID) { $0.assignment = assignment.assignment.detached }
        }
        context.write([record()], for: .assignment(group: id, generation: generation))
    }

    /// The assignment has been written down, or has not.
    mutating func assigned(generation: Int32, failure: ErrorCode?, _ context: inout GroupContext) {
        // The group may have moved on meanwhile.
        guard state == .completingRebalance, generation == self.generation else { return }
        if let failure {
            forgetAssignments(failure, &context)
            return prepareRebalance(&context)
        }
        move(to: .stable, at: context.now)
        for member in members.values {
            if let call = member.sync { tell(member.id, call, &context) }
        }
    }

    private mutating func tell(_ memberID: String, _ call: CallToken, _ context: inout GroupContext) {
        update(memberID) { $0.sync = nil }
        guard let member = members[memberID] else { return }
        keepAlive(member, &context)
        var response = SyncGroupResponse()
        response.protocolType = protocolType
        response.protocolName = protocolName
        response.assignment = member.assignment
        context.reply(call, .sync(response))
    }

    /// Answers everybody who waits for an assignment with an error.
    mutating func forgetAssignments(_ code: ErrorCode, _ context: inout GroupContext) {
        for member in members.values {
            if let call = member.sync {
                context.reply(call, .sync(.failure(code)))
                keepAlive(member, &context)
            }
            update(member.id) { member in
                member.sync = nil
                member.assignment = ByteBuffer()
            }
        }
    }
}
