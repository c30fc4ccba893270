package import BrokerModel
package import BrokerPrimitives
package import BrokerWire

extension GroupShard {
    /// Commits offsets; answers later, with `.offsetCommit`.
    ///
    /// - Parameter topics: what is known of the request's topics, in order.
    package mutating func commit(
        _ request: OffsetCommitRequest, version: Int16, topics: [CommitTopic], _ call: CallToken,
        at now: CoordinatorTime
    ) {
        context.now = now
        var response = OffsetCommitResponse()
        var records: [GroupCoordinatorRecord] = []
        let refusal = commitRefusal(request, version)
        for (wanted, topic) in zip(request.topics, topics) {
            var answers: [OffsetCommitResponse.OffsetCommitResponsePartition] = []
            answers.reserveCapacity(wanted.partitions.count)
            for partition in wanted.partitions {
                let code = topic.refusal(of: partition.partitionIndex) ?? refusal ?? problem(with: partition)
                answers.append(.init(partitionIndex: partition.partitionIndex, errorCode: code ?? .none))
                if code == nil { records.append(record(partition, of: topic, request)) }
            }
            response.topics.append(.init(name: wanted.name, topicID: wanted.topicID, partitions: answers))
        }
        guard !records.isEmpty else { return context.reply(call, .offsetCommit(response)) }
        with(request.groupID) { $0.committed(request.memberID, &$1) }
        context.write(records, for: .commit(group: request.groupID, records, .offsetCommit(response), call))
    }

    private func commitRefusal(_ request: OffsetCommitRequest, _ version: Int16) -> ErrorCode? {
        guard let group = groups[request.groupID] else {
            // Whoever is no member may keep offsets under any name.
            if request.generationIDOrMemberEpoch < 0 { return nil }
            return version >= 9 ? .groupIdNotFound : .illegalGeneration
        }
        do throws(CoordinatorError) {
            try group.checkCommit(request)
            return nil
        } catch { return error.code }
    }

    private func problem(with partition: OffsetCommitRequest.OffsetCommitRequestPartition) -> ErrorCode? {
        let count = partition.committedMetadata?.utf8.count ?? 0
        return count > context.settings.maximumOffsetMetadataByteCount ? .offsetMetadataTooLarge : nil
    }

    private func record(
        _ partition: OffsetCommitRequest.OffsetCommitRequestPartition, of topic: CommitTopic,
        _ request: OffsetCommitRequest
    ) -> GroupCoordinatorRecord {
        var value = OffsetCommitValue()
        value.offset = partition.committedOffset
        value.leaderEpoch = partition.committedLeaderEpoch
        value.metadata = partition.committedMetadata ?? ""
        value.commitTimestamp = context.now.wall
        if request.retentionTimeMs >= 0 {
            // The version that has a time to expire at has no place for the topic's id.
            let (time, isTooLate) = context.now.wall.addingReportingOverflow(request.retentionTimeMs)
            value.expireTimestamp = isTooLate ? .max : time
        } else {
            value.topicID = topic.id
        }
        return .offsetCommit(
            OffsetCommitKey(group: request.groupID, topic: topic.name, partition: partition.partitionIndex), value)
    }

    /// A topic as a commit names it.
    package struct CommitTopic: Sendable {
        package var name: String
        package var id: TopicID
        package var partitionCount: Int
        /// Why nothing may be committed for it.
        package var refusal: ErrorCode?

        package init(name: String, id: TopicID, partitionCount: Int, refusal: ErrorCode?) {
            self.name = name
            self.id = id
            self.partitionCount = partitionCount
            self.refusal = refusal
        }

        fileprivate func refusal(of partition: PartitionIndex) -> ErrorCode? {
            if let refusal { return refusal }
            return partition >= 0 && Int(partition) < partitionCount ? nil : .unknownTopicOrPartition
        }
    }

    // MARK: Reading

    package func committed(_ group: String, _ topic: String, _ partition: PartitionIndex) -> CommittedOffset? {
        offsets[group]?[topic, partition]
    }

    // MARK: Deleting

    /// Forgets offsets of topics that nobody in the group reads; answers later, with `.offsetDelete`.
    ///
    /// - Parameter refusal: the answer to a topic that is not there, or that the client may not read.
    package mutating func delete(
        _ request: OffsetDeleteRequest, refusals: [ErrorCode?], _ call: CallToken, at now: CoordinatorTime
    ) {
        context.now = now
        var response = OffsetDeleteResponse()
        guard !request.groupID.isEmpty, let group = groups[request.groupID] else {
            response.errorCode = request.groupID.isEmpty ? .invalidGroupId : .groupIdNotFound
            return context.reply(call, .offsetDelete(response))
        }
        guard group.state == .empty || group.isOfConsumers else {
            response.errorCode = .nonEmptyGroup
            return context.reply(call, .offsetDelete(response))
        }
        var records: [GroupCoordinatorRecord] = []
        for (topic, refusal) in zip(request.topics, refusals) {
            let isSubscribed = group.state != .empty && group.isSubscribed(to: topic.name)
            let code = refusal ?? (isSubscribed ? .groupSubscribedToTopic : .none)
            response.topics.append(
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map { .init(partitionIndex: $0.partitionIndex, errorCode: code) }))
            guard code == .none else { continue }
            for partition in topic.partitions
            where committed(request.groupID, topic.name, partition.partitionIndex) != nil {
                records.append(Self.tombstone(request.groupID, topic.name, partition.partitionIndex))
            }
        }
        guard !records.isEmpty else { return context.reply(call, .offsetDelete(response)) }
        context.write(records, for: .removal(records, .offsetDelete(response), call))
    }

    /// Deletes a group that has no members, with its offsets; answers later, with `.deleteGroup`.
    package mutating func delete(group id: String, _ call: CallToken, at now: CoordinatorTime) {
        context.now = now
        guard let group = groups[id] else {
            return context.reply(call, .deleteGroup(.groupIdNotFound))
        }
        guard group.state == .empty else { return context.reply(call, .deleteGroup(.nonEmptyGroup)) }
        let records = tombstones(of: id) + [.groupMetadata(GroupMetadataKey(group: id), nil)]
        context.write(records, for: .removal(records, .deleteGroup(.none), call))
    }

    package mutating func removed(topics: [String], at now: CoordinatorTime) {
        context.now = now
        var records: [GroupCoordinatorRecord] = []
        for id in offsets.keys.sorted() {
            guard let known = offsets[id] else { continue }
            for topic in topics {
                records += known.partitions(of: topic).map { Self.tombstone(id, topic, $0.partition) }
            }
        }
        let names = Set(topics)
        records += context.offsetsUnderWay().filter { names.contains($0.topic) }.map { .offsetCommit($0, nil) }
        if !records.isEmpty { context.write(records, for: .removal(records, nil, nil)) }
    }

    // MARK: Forgetting

    /// Forgets offsets whose time is over, and groups that have nothing left (KIP-211).
    mutating func forgetExpiredOffsets() {
        var records: [GroupCoordinatorRecord] = []
        for id in groups.keys.sorted() {
            // Behind a commit that is on its way, a tombstone would take what is being renewed.
            guard let group = groups[id], !context.hasCommitUnderWay(of: id) else { continue }
            let expired = expiredOffsets(of: group)
            records += expired
            if group.state == .empty, group.pendingCount == 0, expired.count == offsets[id]?.count ?? 0 {
                records.append(.groupMetadata(GroupMetadataKey(group: id), nil))
            }
        }
        if !records.isEmpty { context.write(records, for: .removal(records, nil, nil)) }
    }

    private func expiredOffsets(of group: ClassicGroup) -> [GroupCoordinatorRecord] {
        guard let known = offsets[group.id] else { return [] }
        var records: [GroupCoordinatorRecord] = []
        for topic in known.topicNames {
            for (partition, offset) in known.partitions(of: topic) where isExpired(offset, of: topic, in: group) {
                records.append(Self.tombstone(group.id, topic, partition))
            }
        }
        return records
    }

    private func isExpired(_ offset: CommittedOffset, of topic: String, in group: ClassicGroup) -> Bool {
        let now = context.now.wall
        let since: Timestamp
        if group.protocolType == nil {
            since = offset.commitTimestamp
        } else if group.state == .empty {
            // Whoever commits to a group without members uses it, however long it has had none.
            since = max(offset.commitTimestamp, group.stateTimestamp)
        } else if group.state == .stable, group.isOfConsumers, !group.isSubscribed(to: topic) {
            since = offset.commitTimestamp
        } else {
            return false
        }
        if let expiry = offset.expireTimestamp { return now >= expiry }
        // The log may say any time, also one further back than can be counted.
        let (age, overflow) = now.subtractingReportingOverflow(since)
        return overflow ? since < now : age >= context.settings.offsetsRetention
    }

    /// For all that the group has committed, and for what is on its way.
    private func tombstones(of id: String) -> [GroupCoordinatorRecord] {
        let known = offsets[id] ?? GroupOffsets()
        return known.topicNames.flatMap { topic in
            known.partitions(of: topic).map { Self.tombstone(id, topic, $0.partition) }
        } + context.offsetsUnderWay(of: id).map { .offsetCommit($0, nil) }
    }

    private static func tombstone(
        _ group: String, _ topic: String, _ partition: PartitionIndex
    ) -> GroupCoordinatorRecord {
        .offsetCommit(OffsetCommitKey(group: group, topic: topic, partition: partition), nil)
    }
}
