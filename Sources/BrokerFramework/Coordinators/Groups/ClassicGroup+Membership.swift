internal import BrokerPrimitives
internal import BrokerWire
internal import OrderedCollections

extension ClassicGroup {
    /// A sign of life.
    mutating func heartbeat(_ request: HeartbeatRequest, _ context: inout GroupContext) -> ErrorCode {
        do throws(CoordinatorError) {
            try check(request.memberID, request.groupInstanceID)
            guard request.generationID == generation else { throw CoordinatorError(.illegalGeneration) }
        } catch { return error.code }
        guard state != .empty, let member = members[request.memberID] else { return .unknownMemberId }
        keepAlive(member, &context)
        return state == .preparingRebalance ? .rebalanceInProgress : .none
    }

    /// A member leaves, or an administrator removes a static one by its instance id alone.
    mutating func leave(
        _ memberID: String, instanceID: String?, _ context: inout GroupContext
    ) -> ErrorCode {
        if memberID.isEmpty {
            guard let instanceID, let current = staticMembers[instanceID] else { return .unknownMemberId }
            drop(current, &context)
            return .none
        }
        if !isPending(memberID) {
            do throws(CoordinatorError) { try check(memberID, instanceID) } catch { return error.code }
        }
        drop(memberID, &context)
        return .none
    }

    /// Throws unless offsets may be committed like this.
    func checkCommit(_ request: OffsetCommitRequest) throws(CoordinatorError) {
        let generation = request.generationIDOrMemberEpoch
        if generation < 0, state == .empty { return }
        if generation >= 0 || !request.memberID.isEmpty || request.groupInstanceID != nil {
            try check(request.memberID, request.groupInstanceID)
            guard generation == self.generation else { throw CoordinatorError(.illegalGeneration) }
        } else if state != .empty {
            // Only members commit while there are members.
            throw CoordinatorError(.unknownMemberId)
        }
        // It knows the generation and has no assignment yet: it must not go on with the old one.
        if state == .completingRebalance { throw CoordinatorError(.rebalanceInProgress) }
    }

    /// Committing is a sign of life, too.
    func committed(_ memberID: String, _ context: inout GroupContext) {
        guard state == .stable || state == .preparingRebalance, let member = members[memberID] else { return }
        keepAlive(member, &context)
    }

    /// Every call that waits is answered with `code`.
    func refuseAll(_ code: ErrorCode, _ context: inout GroupContext) {
        for member in members.values {
            if let join = member.join { refuse(join, code, memberID: member.id, &context) }
            if let sync = member.sync { context.reply(sync, .sync(.failure(code))) }
        }
    }
}
