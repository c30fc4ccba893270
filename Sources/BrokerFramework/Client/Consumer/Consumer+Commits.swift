public import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire

extension Consumer {
    /// Commits everything that was given out so far, and returns when the broker has it.
    ///
    /// Only what changed since the last commit is sent. Commits of one consumer are made in the order of the calls.
    /// - Throws: `.server` with `unknownMemberId` or `illegalGeneration` if the group went on without the consumer, so
    ///   that others may read the same records; with `rebalanceInProgress` if it has to poll first.
    public func commit() async throws(ClientError) {
        _ = try membership()
        let offsets = uncommitted(partitions.keys)
        if !offsets.isEmpty { try await commit(offsets) }
    }

    /// Commits these offsets, each that of the next record to read; any partition may be named.
    public func commit(_ offsets: [TopicPartition: CommittedOffset]) async throws(ClientError) {
        _ = try membership()
        try await startCommit(offsets).value.get()
    }

    /// Commits what was given out so far without waiting for the broker.
    ///
    /// - Parameter onCompletion: called once. A commit that fails need not be repeated: the next one holds its offsets.
    public func enqueueCommit(
        onCompletion: (@Sendable (Result<Void, ClientError>) -> Void)? = nil
    ) throws(ClientError) {
        _ = try membership()
        let commit = startCommit(uncommitted(partitions.keys))
        if let onCompletion { Task { onCompletion(await commit.value) } }
    }

    /// What the group has committed for partitions; those it has nothing for are missing.
    public func committed(
        _ partitions: [TopicPartition]
    ) async throws(ClientError) -> [TopicPartition: CommittedOffset] {
        let session = try membership()
        return try await cluster.retrying { () async throws(ClientError) in
            try await fetchCommitted(partitions, session)
        }
    }

    private func membership() throws(ClientError) -> GroupSession {
        guard let group else {
            throw ClientError(
                .invalidArgument, "the consumer has no group to commit to; set 'group' in its configuration")
        }
        return group
    }

    /// The positions the group does not know yet.
    func uncommitted(_ asked: some Sequence<TopicPartition>) -> [TopicPartition: CommittedOffset] {
        positions(asked).filter { partitions[$0.key]?.committed != $0.value }.mapValues { CommittedOffset($0) }
    }

    /// Commits after all commits that were begun before. Its time counts from now on, so that a row of commits that
    /// cannot be delivered takes no longer than one.
    @discardableResult
    func startCommit(_ offsets: [TopicPartition: CommittedOffset]) -> Task<Result<Void, ClientError>, Never> {
        let deadline = now.later(by: cluster.configuration.operationTimeoutMilliseconds)
        let before = group?.lastCommit
        // A later generation must not commit what an earlier one has read.
        let identity =
            group?.choice == nil
            ? GroupMember.Identity(memberID: "", generation: -1, instanceID: nil) : group?.member.identity
        let commit = Task { () async -> Result<Void, ClientError> in
            _ = await before?.value
            guard let identity else { return .failure(.closed) }
            do throws(ClientError) {
                try await self.send(offsets, as: identity, until: deadline)
                return .success(())
            } catch { return .failure(error) }
        }
        group?.lastCommit = commit
        return commit
    }

    private func send(
        _ offsets: [TopicPartition: CommittedOffset], as identity: GroupMember.Identity, until deadline: Int64
    ) async throws(ClientError) {
        guard let group, !offsets.isEmpty else { return }
        if identity.generation < 0, group.choice != nil {
            throw GroupMember.explained(.unknownMemberId, "commit to group '\(group.configuration.groupID)'")
        }
        guard now < deadline else {
            throw ClientError(.timedOut, "the commits before this one took all of its time")
        }
        var identity = identity
        while true {
            do throws(ClientError) {
                try await send(offsets, as: identity, until: deadline, group)
                break
            } catch {
                guard error.server == .rebalanceInProgress || error.server == .illegalGeneration, now < deadline,
                    let next = await identityAfterRebalance(holding: offsets.keys, until: deadline)
                else { throw error }
                // Once this member is through, the coordinator is a moment later.
                guard next != identity || error.server == .rebalanceInProgress else { throw error }
                if next == identity { await wait(until: now.later(by: cluster.configuration.retryBackoffMilliseconds)) }
                identity = next
            }
        }
        for (partition, offset) in offsets where partitions[partition] != nil {
            partitions[partition]?.committed = offset.offset
        }
    }

    private func send(
        _ offsets: [TopicPartition: CommittedOffset], as identity: GroupMember.Identity, until deadline: Int64,
        _ group: GroupSession
    ) async throws(ClientError) {
        let request = GroupOffsets.commitRequest(
            group: group.configuration.groupID, memberID: identity.memberID, generation: identity.generation,
            instanceID: identity.instanceID, offsets)
        try await cluster.retrying(timeoutMilliseconds: max(0, deadline - now)) { () async throws(ClientError) in
            let connection = try await group.coordinator.connection(for: .offsets)
            let oldest: Int16 = identity.instanceID == nil ? 2 : 7
            let response = try await connection.send(request, within: oldest...9)
            try await check(response, group, identity)
        }
    }

    /// Who commits once the rebalance under way is over, if the member has kept the partitions through it.
    private func identityAfterRebalance(
        holding offsets: some Sequence<TopicPartition>, until deadline: Int64
    ) async -> GroupMember.Identity? {
        while let member = group?.member, member.isRebalancing, !member.isLost, now < deadline {
            await wait(until: deadline)
        }
        guard let member = group?.member, member.generation >= 0, !member.isLost, !member.isRebalancing,
            Set(member.owned).isSuperset(of: offsets)
        else { return nil }
        return member.identity
    }

    private func check(
        _ response: OffsetCommitResponse, _ group: GroupSession, _ identity: GroupMember.Identity
    ) async throws(ClientError) {
        guard let (partition, error) = GroupOffsets.firstFailure(in: response) else { return }
        if error == .notCoordinator || error == .coordinatorNotAvailable { await group.coordinator.forget() }
        if group.choice != nil { step(.commitRefused(identity, error)) }
        throw GroupMember.explained(error, "commit of \(partition) to group '\(group.configuration.groupID)'")
    }

    // MARK: Going on where the group was

    private func fetchCommitted(
        _ partitions: [TopicPartition], _ group: GroupSession
    ) async throws(ClientError) -> [TopicPartition: CommittedOffset] {
        let connection = try await group.coordinator.connection(for: .offsets)
        do throws(ClientError) {
            return try await GroupOffsets.fetch(
                partitions, of: group.configuration.groupID, over: connection,
                isStable: configuration.isolation == .readCommitted)
        } catch {
            if error.server == .notCoordinator || error.server == .coordinatorNotAvailable {
                await group.coordinator.forget()
            }
            throw error
        }
    }

    /// Finds where the group has left partitions.
    func restore(_ left: [TopicPartition: Int]) async {
        guard let group else { return }
        do throws(ClientError) {
            let found = try await fetchCommitted(left.keys.sorted(), group)
            for (partition, generation) in left where partitions[partition]?.generation == generation {
                if let offset = found[partition]?.offset {
                    partitions[partition]?.position = .offset(offset)
                    partitions[partition]?.committed = offset
                } else {
                    partitions[partition]?.position = resetPosition.map { .unresolved($0) } ?? .missing
                }
                partitions[partition]?.failures = nil
            }
        } catch {
            failed(left.keys.sorted(), error)
        }
        end(left)
        wake()
    }
}
