internal import BrokerPrimitives
internal import BrokerWire
internal import OrderedCollections

extension ClassicGroup {
    /// The longest that any member may need to join again.
    private var rebalanceTimeout: Int64 { Int64(members.values.lazy.map(\.rebalanceTimeout).max() ?? 0) }

    mutating func prepareRebalanceOrCompleteJoin(_ context: inout GroupContext) {
        if state == .preparingRebalance { completeJoinIfAllAreThere(&context) } else { prepareRebalance(&context) }
    }

    /// Waits for the members to join.
    mutating func prepareRebalance(_ context: inout GroupContext) {
        if state == .completingRebalance {
            forgetAssignments(.rebalanceInProgress, &context)
        }
        context.cancel(.sync, of: id)
        let isFirst = state == .empty
        move(to: .preparingRebalance, at: context.now)
        guard isFirst else { return completeJoinOrWait(&context) }
        // The first members of a group seldom come alone: they wait a little for the others.
        let delay = context.settings.initialRebalanceDelay
        guard delay > 0 else { return completeJoin(&context) }
        hasNewMember = false
        remainingInitialDelay = max(rebalanceTimeout - delay, 0)
        context.set(.join, of: id, in: delay)
    }

    /// The time to wait for members is over.
    mutating func joinTimeIsOver(_ context: inout GroupContext) {
        guard state == .preparingRebalance else { return }
        if previousState == .empty, hasNewMember, remainingInitialDelay > 0 {
            hasNewMember = false
            let delay = min(context.settings.initialRebalanceDelay, remainingInitialDelay)
            remainingInitialDelay = max(remainingInitialDelay - delay, 0)
            return context.set(.join, of: id, in: delay)
        }
        completeJoin(&context)
    }

    private mutating func completeJoinOrWait(_ context: inout GroupContext) {
        if allHaveJoined { return completeJoin(&context) }
        context.set(.join, of: id, in: rebalanceTimeout)
    }

    mutating func completeJoinIfAllAreThere(_ context: inout GroupContext) {
        guard state == .preparingRebalance, allHaveJoined, previousState != .empty else { return }
        completeJoin(&context)
    }

    /// Begins the next generation with those who have joined.
    private mutating func completeJoin(_ context: inout GroupContext) {
        context.cancel(.join, of: id)
        for member in members.values where member.join == nil && member.instanceID == nil {
            dismiss(member.id, &context)
        }
        guard electJoinedLeader() || isEmpty else {
            // Only static members are left, and none of them has joined: until their sessions end they are waited for.
            let wait = max(rebalanceTimeout, GroupSettings.shortestWaitForStaticMembers)
            return context.set(.join, of: id, in: wait)
        }
        beginGeneration(at: context.now)
        context.rebalanceCount += 1
        guard !isEmpty else {
            let record = record()
            return context.write([record], for: .empty(group: id, record))
        }
        for member in members.values {
            if let join = member.join {
                context.reply(
                    join.call, .join(generationReply(to: member.id, withMembers: leader == member.id)))
            }
            update(member.id) { member in
                member.join = nil
                member.isNew = false
            }
            keepAlive(member, &context)
            pendingSyncs.insert(member.id)
        }
        context.set(.sync, of: id, in: rebalanceTimeout)
    }

    /// The leader stays if it has joined; otherwise the first who has leads.
    private mutating func electJoinedLeader() -> Bool {
        if let leader, members[leader]?.join != nil { return true }
        guard let joined = members.values.first(where: { $0.join != nil }) else { return false }
        leader = joined.id
        return true
    }

    /// Members that were told of the generation and have not asked for their assignment in time are dropped.
    mutating func syncTimeIsOver(_ context: inout GroupContext) {
        guard state == .completingRebalance || state == .stable, !pendingSyncs.isEmpty else { return }
        // An instance that came back and waits for the disk has not been told the generation yet.
        let late = members.values.filter { pendingSyncs.contains($0.id) && $0.join == nil }
        guard !late.isEmpty else { return context.set(.sync, of: id, in: rebalanceTimeout) }
        for member in late { dismiss(member.id, &context) }
        prepareRebalance(&context)
    }

    // MARK: Members that go

    /// Removes a member that left or was given up.
    mutating func drop(_ memberID: String, _ context: inout GroupContext) {
        if removePending(memberID) {
            context.cancel(.member(memberID), of: id)
            return completeJoinIfAllAreThere(&context)
        }
        guard dismiss(memberID, &context) else { return }
        switch state {
        case .stable, .completingRebalance: prepareRebalance(&context)
        case .preparingRebalance: completeJoinIfAllAreThere(&context)
        case .empty: break
        }
    }

    /// The one way out of the group: no call of the member is left waiting, and no timer. Answers whether it was there.
    @discardableResult
    private mutating func dismiss(_ memberID: String, _ context: inout GroupContext) -> Bool {
        guard let member = remove(memberID) else { return false }
        context.cancel(.member(memberID), of: id)
        if let join = member.join { refuse(join, .unknownMemberId, memberID: memberID, &context) }
        if let sync = member.sync { context.reply(sync, .sync(.failure(.unknownMemberId))) }
        return true
    }

    /// A member's session has ended without a sign of life.
    mutating func sessionEnded(_ memberID: String, _ context: inout GroupContext) {
        if let member = members[memberID], member.isAwaited, !member.isNew {
            // It waits for us, and will be given a new session when it is answered.
            return
        }
        drop(memberID, &context)
    }

    /// Gives a member another session from now on.
    func keepAlive(_ member: ClassicMember, _ context: inout GroupContext) {
        context.set(.member(member.id), of: id, in: Int64(member.sessionTimeout))
    }
}
