internal import BrokerPrimitives
internal import BrokerWire
internal import OrderedCollections

/// Static members (KIP-345) come back under a new id, in place of their old self.
extension ClassicGroup {
    /// Puts the member that joins in the place of the one it was.
    mutating func replace(_ oldID: String, by join: GroupJoin, _ context: inout GroupContext) {
        guard let previous = members[oldID] else { return }
        let memberID = join.newMemberID
        fence(previous, &context)
        swap(previous, for: memberID)
        context.cancel(.member(oldID), of: id)
        park(join, at: memberID, &context)
        if let member = members[memberID] { keepAlive(member, &context) }
        switch state {
        case .stable:
            // If all would agree on the same way of assigning again, nothing has to be assigned anew.
            guard electedProtocol() == protocolName else { return prepareRebalanceOrCompleteJoin(&context) }
            context.write(
                [record()],
                for: .replacement(
                    group: id, memberID: memberID, previous: previous, call: join.call, version: join.version))
        case .completingRebalance:
            // The leader may be assigning for the old id.
            prepareRebalance(&context)
        case .preparingRebalance, .empty: completeJoinIfAllAreThere(&context)
        }
    }

    /// Whoever still uses the old id learns that it has been taken over.
    private func fence(_ member: ClassicMember, _ context: inout GroupContext) {
        if let join = member.join { refuse(join, .fencedInstanceId, memberID: member.id, &context) }
        if let sync = member.sync { context.reply(sync, .sync(.failure(.fencedInstanceId))) }
    }

    /// Gives `member` another id, and with it everything the old one had: its place, its assignment, the lead.
    private mutating func swap(_ member: ClassicMember, for memberID: String) {
        var renamed = ClassicMember(
            id: memberID, instanceID: member.instanceID, client: member.client,
            rebalanceTimeout: member.rebalanceTimeout, sessionTimeout: member.sessionTimeout,
            protocols: member.protocols)
        renamed.assignment = member.assignment
        let wasLeader = leader == member.id
        let awaitsSync = pendingSyncs.contains(member.id)
        remove(member.id)
        add(renamed)
        if wasLeader { leader = memberID }
        if awaitsSync { pendingSyncs.insert(memberID) }
    }

    /// The new id has been written down, or has not.
    mutating func replaced(
        _ memberID: String, previous: ClassicMember, call: CallToken, version: Int16, failure: ErrorCode?,
        _ context: inout GroupContext
    ) {
        guard members[memberID]?.join?.call == call else { return }
        let isLeader = leader == memberID
        if let failure {
            var old = previous
            old.join = nil
            old.sync = nil
            remove(memberID)
            add(old)
            if isLeader { leader = old.id }
            context.cancel(.member(memberID), of: id)
            keepAlive(old, &context)
            return refuse(.init(call: call, version: version), failure, memberID: memberID, &context)
        }
        update(memberID) { $0.join = nil }
        if let member = members[memberID] { keepAlive(member, &context) }
        // A group that moved on meanwhile leads the member through its rebalance: it will ask to sync and be told.
        var response = generationReply(to: memberID, withMembers: false)
        if isLeader {
            if version >= 9 {
                response = generationReply(to: memberID, withMembers: true)
                response.skipAssignment = true
            } else {
                // Told that somebody else leads, it does not assign.
                response.leader = previous.id
            }
        }
        context.reply(call, .join(response))
    }
}
