import BrokerModel
import BrokerPrimitives
import BrokerWire
import BrokerWorld

extension Consumer {
    /// Tells the member what happened, and does what it asks for.
    func step(_ event: GroupMember.Event) {
        noteReach(event)
        guard let effects = group?.member.handle(event, now: now, random: random()) else { return }
        for effect in effects { perform(effect) }
        scheduleTick()
        if case .polled = event, effects.isEmpty { return }
        wake()
    }

    private func scheduleTick() {
        guard let time = group?.member.wakeAt else {
            group?.timer?.timer.cancel()
            group?.timer = nil
            return
        }
        if let timer = group?.timer {
            if timer.at <= time { return }
            timer.timer.cancel()
        }
        let wait = max(1, max(time, now) - now)
        let timer = cluster.configuration.timers.schedule(afterMilliseconds: wait) { [weak self] in
            guard let self else { return }
            Task { await self.tick(time) }
        }
        group?.timer = (time, timer)
    }

    private func tick(_ time: Int64) {
        // One that was replaced while it went off.
        guard group?.timer?.at == time else { return }
        group?.timer = nil
        step(.ticked(isPolling: isAwaited))
    }

    // MARK: Effects

    private func perform(_ effect: GroupMember.Effect) {
        guard let group else { return }
        let coordinator = group.coordinator
        switch effect {
        case .findCoordinator:
            Task {
                await coordinator.forget()
                do throws(ClientError) {
                    try await coordinator.find()
                    step(.coordinatorFound)
                } catch { step(.coordinatorLookupFailed(error)) }
            }
        case .join(let request, let message):
            let timeout = rebalanceTimeout(group)
            Task {
                let oldest: Int16 = message.groupInstanceID == nil ? 0 : 5
                step(.joined(request: request, await ask(message, within: oldest...9, timeout: timeout)))
            }
        case .sync(let request, let message):
            let timeout = rebalanceTimeout(group)
            Task { step(.synced(request: request, await ask(message, timeout: timeout))) }
        case .heartbeat(let request, let message):
            Task {
                let answer = await ask(message, timeout: group.configuration.sessionTimeoutMilliseconds)
                step(.heartbeatAnswered(request: request, answer.map(\.errorCode)))
            }
        case .leave(let message): self.group?.leaving = Task { await leave(message, coordinator) }
        case .countPartitions(let request, let topics): Task { await count(topics, request: request) }
        case .revoke(let partitions): handOver(partitions, isLost: false)
        case .lose(let partitions): handOver(partitions, isLost: true)
        case .assign(let partitions): take(partitions)
        case .fail(let error): failure = error
        }
    }

    /// Joins and syncs are answered when the others have come, too.
    private func rebalanceTimeout(_ group: GroupSession) -> Int64 {
        max(
            cluster.configuration.requestTimeoutMilliseconds,
            group.configuration.maximumPollIntervalMilliseconds.later(by: 5_000))
    }

    private func ask<Request: WireRequest>(
        _ request: Request, within limit: ClosedRange<Int16>? = nil, timeout: Int64
    ) async -> Result<Request.Response, ClientError> {
        guard let coordinator = group?.coordinator else { return .failure(.closed) }
        do throws(ClientError) {
            let connection = try await coordinator.connection(for: .membership)
            return .success(try await connection.send(request, within: limit, timeoutMilliseconds: timeout))
        } catch { return .failure(error) }
    }

    private func leave(_ message: LeaveGroupRequest, _ coordinator: GroupCoordinator) async {
        // If it does not arrive, the session's end does the same.
        guard let connection = try? await coordinator.connection(for: .offsets),
            let version = try? connection.versions.pick(LeaveGroupRequest.self)
        else { return }
        var message = message
        if version >= 3 { message.memberID = "" } else { message.members = [] }
        _ = try? await connection.send(message, within: version...version, timeoutMilliseconds: 5_000)
    }

    private func count(_ topics: [String], request: Int) async {
        do throws(ClientError) {
            if case .rule(let isWanted)? = group?.choice {
                let metadata = try await cluster.refreshAll()
                // Only if the rule is still the same: nobody can compare, so a new one asks anew.
                step(.subscribed(Self.chosen(isWanted, metadata), followsNewTopics: true))
            }
            if !topics.isEmpty { try await cluster.refresh(topics) }
            let metadata = await cluster.metadata
            var counts: [String: PartitionIndex] = [:]
            for topic in topics {
                counts[topic] = (metadata.topics[topic]?.partitions.count).map { .init(clamping: $0) }
            }
            for topic in topics where metadata.errors[topic] == .topicAuthorizationFailed {
                throw .server(.topicAuthorizationFailed, "topic '\(topic)'")
            }
            step(.partitionsCounted(request: request, .success(counts)))
        } catch { step(.partitionsCounted(request: request, .failure(error))) }
    }

    // MARK: Partitions

    /// Gives partitions up, after the rebalances before it.
    private func handOver(_ partitions: [TopicPartition], isLost: Bool) {
        hold(partitions)
        inTerm { consumer, isCurrent in
            if isLost {
                await consumer.tell(.lost(partitions))
            } else {
                await consumer.commitBeforeRevoking(partitions)
                await consumer.tell(.revoked(partitions))
            }
            guard isCurrent(consumer) else { return }
            consumer.drop(partitions)
            consumer.step(.handedOver)
        }
    }

    private func drop(_ dropped: [TopicPartition]) {
        withdraw(dropped)
        for partition in dropped { partitions[partition] = nil }
    }

    private func take(_ new: [TopicPartition]) {
        for partition in new {
            partitions[partition] = newReading()
            partitions[partition]?.holdCount = 1
        }
        inTerm { consumer, isCurrent in
            await consumer.tell(.assigned(new))
            guard isCurrent(consumer) else { return }
            for partition in new { consumer.partitions[partition]?.holdCount -= 1 }
            consumer.wake()
        }
    }

    /// Does `work` after the rebalances before it, if the subscription it belongs to has not ended by then. It may end
    /// meanwhile, too.
    private func inTerm(
        _ work: @escaping @Sendable (isolated Consumer, (isolated Consumer) -> Bool) async -> Void
    ) {
        let term = group?.term
        inOrder { consumer in
            guard consumer.group?.term == term else { return }
            await work(consumer) { $0.group?.term == term }
        }
    }

    func inOrder(_ work: @escaping @Sendable (isolated Consumer) async -> Void) {
        let before = group?.lastHandOver
        group?.lastHandOver = Task {
            await before?.value
            await work(self)
        }
    }
}
