import BrokerModel
import BrokerPrimitives
import BrokerWire
import NIOCore

extension GroupMember {
    /// What happens to a member.
    enum Event: Sendable {
        /// The topics to read have been chosen, or chosen anew.
        case subscribed([String], followsNewTopics: Bool)
        /// The application asks for records, and is done with those it got before.
        case polled
        /// Time has passed.
        case ticked(isPolling: Bool)
        case coordinatorFound
        case coordinatorLookupFailed(ClientError)
        case joined(request: Int, Result<JoinGroupResponse, ClientError>)
        /// The topics that exist, of those that were asked for.
        case partitionsCounted(request: Int, Result<[String: PartitionIndex], ClientError>)
        case synced(request: Int, Result<SyncGroupResponse, ClientError>)
        case heartbeatAnswered(request: Int, Result<ErrorCode, ClientError>)
        /// The application has given up what it was to.
        case handedOver
        case commitRefused(Identity, ErrorCode)
        /// The application unsubscribes or ends, and has given up everything.
        case left
    }

    /// What a member asks for. Each request is answered by one event with its number.
    enum Effect: Sendable {
        case findCoordinator
        case join(request: Int, JoinGroupRequest)
        /// Asks how many partitions these topics have, and chooses topics anew if a rule chooses them.
        case countPartitions(request: Int, [String])
        case sync(request: Int, SyncGroupRequest)
        case heartbeat(request: Int, HeartbeatRequest)
        /// Not waited for.
        case leave(LeaveGroupRequest)
        /// The application gives these up in order: it may commit. Then `handedOver`.
        case revoke([TopicPartition])
        /// The application stops reading these, which may be with others already. Then `handedOver`, unless fenced.
        case lose([TopicPartition])
        /// The application gets these beside what it has.
        case assign([TopicPartition])
        /// Whoever polls gets to know.
        case fail(ClientError)
    }

    /// An error of the coordinator, with what it means for the user.
    static func explained(_ error: ErrorCode, _ what: String) -> ClientError {
        let meaning: String? =
            switch error {
            case .fencedInstanceId:
                "another process has joined with the same group instance id; give each process its own"
            case .inconsistentGroupProtocol:
                "the group's members have no assignor in common with this one; list one that all have, such as 'range'"
            case .invalidSessionTimeout:
                "the broker allows session timeouts from group.min.session.timeout.ms to group.max.session.timeout.ms only"
            case .groupMaxSizeReached: "the group has as many members as the broker allows, see group.max.size"
            case .invalidGroupId: "the group id is empty or of a kind this broker does not serve"
            case .unknownMemberId, .illegalGeneration:
                "the group went on without this member, and its partitions may be with others; poll to join again"
            case .rebalanceInProgress: "the group rebalances; poll, and commit afterwards"
            default: nil
            }
        return .server(error, what, message: meaning)
    }

    // MARK: Joining

    mutating func join(_ effects: inout [Effect]) {
        phase = .joining
        needsRejoin = false
        awaitedHeartbeat = nil
        awaitedCount = nil
        leadership = nil
        let request = number()
        awaitedRequest = request
        effects.append(
            .join(
                request: request,
                JoinGroupRequest(
                    groupID: settings.groupID, sessionTimeoutMs: Int32(clamping: settings.sessionTimeoutMilliseconds),
                    rebalanceTimeoutMs: Int32(clamping: settings.maximumPollIntervalMilliseconds), memberID: memberID,
                    groupInstanceID: settings.groupInstanceID, protocolType: ConsumerProtocol.protocolType,
                    protocols: settings.assignors.compactMap(protocolEntry), reason: rejoinReason)))
    }

    private func protocolEntry(_ assignor: any PartitionAssignor) -> JoinGroupRequest.JoinGroupRequestProtocol? {
        let owned = Dictionary(grouping: owned, by: \.topic).sorted { $0.key < $1.key }
        let subscription = ConsumerProtocolSubscription(
            topics: topics,
            userData: assignor.userData(previous: previous.partitions, generation: previous.generation),
            ownedPartitions: owned.map { .init(topic: $0.key, partitions: $0.value.map(\.partition).sorted()) },
            generationID: generation, rackID: settings.rack)
        // Names of topics that cannot be written do not exist; the coordinator would refuse them all the same.
        guard let metadata = try? ConsumerProtocol.encode(subscription, version: 3) else { return nil }
        return .init(name: assignor.name, metadata: metadata)
    }

    mutating func joined(
        _ request: Int, _ result: Result<JoinGroupResponse, ClientError>, now: Int64, random: UInt64,
        _ effects: inout [Effect]
    ) {
        guard request == awaitedRequest, phase == .joining else { return }
        awaitedRequest = nil
        let response: JoinGroupResponse
        switch result {
        case .failure(let error): return stumble(error, now: now, random: random, &effects)
        case .success(let value): response = value
        }
        switch response.errorCode {
        case .none: break
        case .memberIdRequired:
            // The coordinator remembers the id and expects it at once (KIP-394).
            memberID = response.memberID
            phase = .wantsJoin
            retryAt = now
            return
        case let error: return refused(error, "join group '\(settings.groupID)'", now: now, random: random, &effects)
        }
        failures = 0
        memberID = response.memberID
        generation = response.generationID
        protocolName = response.protocolName ?? ""
        lastSign = now
        lastHeartbeat = now
        guard response.leader == memberID else { return sync([:], &effects) }
        do throws(WireError) {
            var members: [GroupSubscription.Member] = []
            for member in response.members { members.append(try Self.member(member)) }
            leadership = Leadership(members: members, counts: nil)
        } catch {
            let failure = ClientError(
                .malformedResponse, "a member of group '\(settings.groupID)' sent what is no subscription: \(error)")
            return stumble(failure, now: now, random: random, &effects)
        }
        // The assignment stands already when a static leader comes back (KIP-814).
        if response.skipAssignment { return sync([:], &effects) }
        phase = .planning
        count(&effects)
    }

    private static func member(
        _ member: JoinGroupResponse.JoinGroupResponseMember
    ) throws(WireError) -> GroupSubscription.Member {
        let subscription = try ConsumerProtocol.decodeSubscription(member.metadata)
        return GroupSubscription.Member(
            id: member.memberID, instanceID: member.groupInstanceID, topics: subscription.topics,
            owned: subscription.owned, generation: subscription.generationID, rack: subscription.rackID,
            userData: subscription.userData)
    }

    // MARK: Sharing out

    mutating func counted(
        _ request: Int, _ result: Result<[String: PartitionIndex], ClientError>, now: Int64, random: UInt64,
        _ effects: inout [Effect]
    ) {
        guard request == awaitedCount else { return }
        awaitedCount = nil
        defer { nextWatch = now.later(by: watchInterval) }
        let found: [String: PartitionIndex]
        switch result {
        case .failure(let error):
            if phase == .planning { stumble(error, now: now, random: random, &effects) }
            return
        case .success(let counts): found = counts
        }
        guard let leadership else { return }
        let topics = Set(leadership.topics)
        let counts = found.filter { topics.contains($0.key) }
        guard phase == .planning else {
            if let known = leadership.counts, known != counts { wantRejoin("topics or partitions have changed") }
            if leadership.counts == nil { self.leadership?.counts = counts }
            return
        }
        guard let assignor = settings.assignors.first(where: { $0.name == protocolName }) else {
            let error = ClientError(
                .malformedResponse,
                "group '\(settings.groupID)' uses the assignor '\(protocolName)', which was not offered")
            return stumble(error, now: now, random: random, &effects)
        }
        self.leadership?.counts = counts
        sync(assignor.assign(GroupSubscription(members: leadership.members, partitionCounts: counts)), &effects)
    }

    /// - Parameter plan: the partitions of all members if this one leads, else nothing.
    private mutating func sync(_ plan: [String: [TopicPartition]], _ effects: inout [Effect]) {
        let members = phase == .planning ? leadership?.members ?? [] : []
        phase = .syncing
        let request = number()
        awaitedRequest = request
        let assignments = members.compactMap { member -> SyncGroupRequest.SyncGroupRequestAssignment? in
            let topics = Dictionary(grouping: plan[member.id] ?? [], by: \.topic).sorted { $0.key < $1.key }
            let assignment = ConsumerProtocolAssignment(
                assignedPartitions: topics.map { .init(topic: $0.key, partitions: $0.value.map(\.partition).sorted()) })
            // All clients read the first version, and later ones say no more.
            guard let bytes = try? ConsumerProtocol.encode(assignment, version: 0) else { return nil }
            return .init(memberID: member.id, assignment: bytes)
        }
        effects.append(
            .sync(
                request: request,
                SyncGroupRequest(
                    groupID: settings.groupID, generationID: generation, memberID: memberID,
                    groupInstanceID: settings.groupInstanceID, protocolType: ConsumerProtocol.protocolType,
                    protocolName: protocolName, assignments: assignments)))
    }

    mutating func synced(
        _ request: Int, _ result: Result<SyncGroupResponse, ClientError>, now: Int64, random: UInt64,
        _ effects: inout [Effect]
    ) {
        guard request == awaitedRequest, phase == .syncing else { return }
        awaitedRequest = nil
        let response: SyncGroupResponse
        switch result {
        case .failure(let error): return stumble(error, now: now, random: random, &effects)
        case .success(let value): response = value
        }
        guard response.errorCode == .none else {
            return refused(
                response.errorCode, "sync with group '\(settings.groupID)'", now: now, random: random, &effects)
        }
        lastSign = now
        do throws(WireError) {
            // No bytes at all stand for no partitions.
            let assigned =
                response.assignment.readableBytes == 0
                ? [] : try ConsumerProtocol.decodeAssignment(response.assignment).partitions
            let partitions = Set(assigned).sorted()
            previous = (partitions, generation)
            phase = .received(partitions)
        } catch {
            let failure = ClientError(
                .malformedResponse, "the leader of group '\(settings.groupID)' sent what is no assignment: \(error)")
            stumble(failure, now: now, random: random, &effects)
        }
    }
}

extension ConsumerProtocolSubscription {
    var owned: [BrokerModel.TopicPartition] {
        ownedPartitions.flatMap { topic in topic.partitions.map { .init(topic: topic.topic, partition: $0) } }
    }
}

extension ConsumerProtocolAssignment {
    var partitions: [BrokerModel.TopicPartition] {
        assignedPartitions.flatMap { topic in topic.partitions.map { .init(topic: topic.topic, partition: $0) } }
    }
}
