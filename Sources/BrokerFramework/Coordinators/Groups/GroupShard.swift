package import BrokerPrimitives
package import BrokerWire
internal import OrderedCollections

/// The groups whose ids fall to one partition of `__consumer_offsets`, and their offsets: a pure value.
///
/// Source: Kafka's group coordinator as seen from outside (KIP-345, KIP-394 and others where the rule stands).
package struct GroupShard: CoordinatorShard {
    package typealias Record = GroupCoordinatorRecord
    package typealias Reply = GroupReply

    package private(set) var groups: [String: ClassicGroup] = [:]
    package private(set) var offsets: [String: GroupOffsets] = [:]
    private var isLoaded = false
    var context: GroupContext

    package init(settings: GroupSettings) { context = GroupContext(settings: settings) }

    package var nextDeadline: Int64? { context.timers.nextDeadline }
    /// How many rebalances were completed since the shard was loaded.
    package var rebalanceCount: Int { context.rebalanceCount }

    package mutating func takeEffects() -> [CoordinatorEffect<GroupCoordinatorRecord, GroupReply>] {
        defer { context.effects = [] }
        return context.effects
    }

    /// The versions that Kafka 4.3 writes. A time to expire at exists only in version 1.
    package static func valueVersion(of record: GroupCoordinatorRecord) -> Int16 {
        switch record {
        case .offsetCommit(_, let value): (value?.expireTimestamp ?? -1) == -1 ? 4 : 1
        case .groupMetadata: 3
        default: 0
        }
    }

    // MARK: Replaying

    package mutating func replay(_ record: GroupCoordinatorRecord) {
        switch record {
        case .offsetCommit(let key, let value): replay(key, value)
        case .groupMetadata(let key, let value?): groups[key.group] = ClassicGroup(id: key.group, value)
        case .groupMetadata(let key, nil): forget(key.group)
        // Offsets in the format before 0.9 are not kept by any broker since; groups of other kinds are not served.
        default: break
        }
    }

    private mutating func forget(_ id: String) {
        guard isLoaded else { return groups[id] = nil }
        // Somebody may have joined while this was on its way to the log: the members found another group, as it were.
        guard let group = groups[id], group.memberCount == 0 else { return }
        groups[id] = ClassicGroup(id: id, pendingMembers: group.pendingMembers)
        forgetIfTrivial(id)
    }

    /// A group without members has been written down. If it was deleted before that, this is what is left of it.
    private mutating func emptied(_ id: String, _ record: GroupCoordinatorRecord) {
        guard groups[id]?.isBlank ?? true else { return }
        let pending = groups[id]?.pendingMembers ?? []
        replay(record)
        for member in pending { with(id) { group, _ in group.addPending(member) } }
    }

    private mutating func replay(_ key: OffsetCommitKey, _ value: OffsetCommitValue?) {
        guard let value else {
            offsets[key.group]?[key.topic, key.partition] = nil
            if offsets[key.group]?.isEmpty == true { offsets[key.group] = nil }
            return
        }
        offsets[key.group, default: GroupOffsets()][key.topic, key.partition] = CommittedOffset(
            offset: value.offset, leaderEpoch: value.leaderEpoch, metadata: value.metadata,
            commitTimestamp: value.commitTimestamp,
            expireTimestamp: value.expireTimestamp == -1 ? nil : value.expireTimestamp, topicID: value.topicID)
        if isLoaded { makeGroup(key.group) }
    }

    /// Offsets without a group would be seen by nobody, and kept for ever.
    private mutating func makeGroup(_ id: String) { if groups[id] == nil { groups[id] = ClassicGroup(id: id) } }

    package mutating func loaded(at now: CoordinatorTime) {
        context.now = now
        isLoaded = true
        for id in offsets.keys { makeGroup(id) }
        for group in groups.values {
            for member in group.members.values { group.keepAlive(member, &context) }
        }
        context.set(.retention, of: "", in: context.settings.retentionCheckInterval)
    }

    // MARK: Time and writes

    package mutating func passed(to now: CoordinatorTime) {
        context.now = now
        while let key = context.timers.popDue(now.monotonic) {
            switch key.purpose {
            case .join: with(key.group) { $0.joinTimeIsOver(&$1) }
            case .sync: with(key.group) { $0.syncTimeIsOver(&$1) }
            case .member(let id):
                with(key.group) { $0.sessionEnded(id, &$1) }
                forgetIfTrivial(key.group)
            case .retention:
                forgetExpiredOffsets()
                context.set(.retention, of: "", in: context.settings.retentionCheckInterval)
            }
        }
    }

    package mutating func written(_ token: WriteToken, _ failure: ErrorCode?, at now: CoordinatorTime) {
        context.now = now
        switch context.finish(token) {
        case .commit(_, let records, let reply, let call):
            if failure == nil { for record in records { replay(record) } }
            context.reply(call, failure.map { reply.failed($0) } ?? reply)
        case .removal(let records, let reply, let call):
            if failure == nil { for record in records { replay(record) } }
            guard let reply, let call else { return }
            context.reply(call, failure.map { reply.failed($0) } ?? reply)
        case .assignment(let group, let generation):
            with(group) { $0.assigned(generation: generation, failure: failure?.ofCoordinator(), &$1) }
        case .replacement(let group, let memberID, let previous, let call, let version):
            with(group) {
                $0.replaced(
                    memberID, previous: previous, call: call, version: version, failure: failure?.ofCoordinator(), &$1)
            }
        case .empty(let group, let record):
            if failure == nil { emptied(group, record) }
        case nil: break
        }
    }

    package mutating func resigned(with code: ErrorCode) {
        for group in groups.values { group.refuseAll(code, &context) }
        for write in context.abandonWrites() {
            switch write {
            case .commit(_, _, let reply, let call), .removal(_, let reply?, let call?):
                context.reply(call, reply.failed(code))
            case .removal, .assignment, .replacement, .empty: break
            }
        }
    }

    // MARK: Membership

    /// Answers later, with `.join`.
    package mutating func join(_ join: GroupJoin, at now: CoordinatorTime) {
        context.now = now
        let id = join.request.groupID
        let timeouts = context.settings.sessionTimeouts
        if let code = id.isEmpty
            ? ErrorCode.invalidGroupId
            : timeouts.contains(join.request.sessionTimeoutMs) ? nil : .invalidSessionTimeout
        {
            return context.reply(
                join.call, .join(.failure(code, memberID: join.request.memberID, version: join.version)))
        }
        if groups[id] == nil {
            guard join.request.memberID.isEmpty else {
                return context.reply(
                    join.call,
                    .join(.failure(.unknownMemberId, memberID: join.request.memberID, version: join.version)))
            }
            groups[id] = ClassicGroup(id: id)
        }
        with(id) { $0.join(join, &$1) }
        forgetIfTrivial(id)
    }

    /// Answers later, with `.sync`.
    package mutating func sync(_ request: SyncGroupRequest, _ call: CallToken, at now: CoordinatorTime) {
        context.now = now
        guard !request.groupID.isEmpty, groups[request.groupID] != nil else {
            let code: ErrorCode = request.groupID.isEmpty ? .invalidGroupId : .unknownMemberId
            return context.reply(call, .sync(.failure(code)))
        }
        with(request.groupID) { $0.sync(request, call, &$1) }
    }

    package mutating func heartbeat(_ request: HeartbeatRequest, at now: CoordinatorTime) -> ErrorCode {
        context.now = now
        guard !request.groupID.isEmpty else { return .invalidGroupId }
        return with(request.groupID) { $0.heartbeat(request, &$1) } ?? .unknownMemberId
    }

    /// One answer for each member, in order.
    package mutating func leave(
        _ groupID: String, _ members: [LeaveGroupRequest.MemberIdentity], at now: CoordinatorTime
    ) -> [LeaveGroupResponse.MemberResponse] {
        context.now = now
        defer { forgetIfTrivial(groupID) }
        return members.map { member in
            let code =
                with(groupID) { $0.leave(member.memberID, instanceID: member.groupInstanceID, &$1) }
                ?? .unknownMemberId
            return .init(memberID: member.memberID, groupInstanceID: member.groupInstanceID, errorCode: code)
        }
    }

    // MARK: Reaching a group

    /// Lets a group decide, where it lies.
    @discardableResult
    mutating func with<Result>(
        _ id: String, _ body: (inout ClassicGroup, inout GroupContext) -> Result
    ) -> Result? {
        guard let index = groups.index(forKey: id) else { return nil }
        return body(&groups.values[index], &context)
    }

    /// A group that somebody asked to join and never did is not kept.
    private mutating func forgetIfTrivial(_ id: String) {
        if groups[id]?.isTrivial == true, offsets[id] == nil { groups[id] = nil }
    }
}

extension GroupReply {
    /// The same answer for a write that failed: nothing of it was done.
    fileprivate func failed(_ code: ErrorCode) -> GroupReply {
        switch self {
        case .offsetCommit(var response):
            let code = code.ofCoordinator(tooLarge: .invalidCommitOffsetSize)
            for topic in response.topics.indices {
                for partition in response.topics[topic].partitions.indices
                where response.topics[topic].partitions[partition].errorCode == .none {
                    response.topics[topic].partitions[partition].errorCode = code
                }
            }
            return .offsetCommit(response)
        case .offsetDelete(var response):
            response.errorCode = code.ofCoordinator()
            response.topics = []
            return .offsetDelete(response)
        case .deleteGroup: return .deleteGroup(code.ofCoordinator())
        case .join, .sync: return self
        }
    }
}
