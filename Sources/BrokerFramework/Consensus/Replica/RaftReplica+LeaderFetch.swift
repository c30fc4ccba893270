import BrokerPrimitives

extension RaftReplica {
    /// What is wrong with a request that only the leader of the sender's epoch can serve.
    private func errorOfLeaderOnlyRequest(clusterID: String?, epoch: Int32) -> ErrorCode {
        if !isOurCluster(clusterID) { return .inconsistentClusterId }
        if epoch < self.epoch { return .fencedLeaderEpoch }
        if epoch > self.epoch { return .unknownLeaderEpoch }
        return role.kind == .leader ? .none : .notLeaderOrFollower
    }

    mutating func replyFetch(
        _ token: RequestToken, error: ErrorCode = .none, content: FetchReply.Content = .empty
    ) {
        var told: Int64 = -1
        if case .leader(let leader) = role, leader.isEstablished { told = highWatermark }
        emit(
            .reply(
                token,
                .fetch(
                    FetchReply(
                        header: header(error), highWatermark: told, logStartOffset: log.startOffset, content: content)))
        )
    }

    mutating func received(_ request: FetchRequest, _ token: RequestToken) {
        let error = errorOfLeaderOnlyRequest(clusterID: request.clusterID, epoch: request.currentLeaderEpoch)
        guard request.fetchOffset >= 0, request.lastFetchedEpoch >= 0, request.replica.id != local.id else {
            return replyFetch(token, error: error == .inconsistentClusterId ? error : .invalidRequest)
        }
        guard error == .none, case .leader(var leader) = role else { return replyFetch(token, error: error) }
        if voters.contains(request.replica) {
            leader.hear(from: request.replica.id, now: now, configuration: configuration)
        }
        let position = log.position(ofFetchAt: request.fetchOffset, lastFetchedEpoch: request.lastFetchedEpoch)
        // A reader that is no replica is served and not remembered.
        let isReplica = request.replica.id >= 0
        if position == .valid, isReplica {
            leader.fetched(
                by: request.replica, at: request.fetchOffset, leaderEnd: log.endOffset,
                isVoter: voters.contains(request.replica),
                now: now, configuration: configuration)
        }
        // A replica waits for one fetch at a time: an older one was given up.
        let superseded = leader.parkedFetches.filter { isReplica && $0.replica == request.replica }
        leader.parkedFetches.removeAll { isReplica && $0.replica == request.replica }
        role = .leader(leader)
        for fetch in superseded { replyFetch(fetch.token) }
        // Before the answer, so that it tells the high watermark this fetch brought about.
        advanceLeaderHighWatermark()

        switch position {
        case .diverging(let end): replyFetch(token, content: .diverging(end))
        case .snapshot(let id): replyFetch(token, content: .snapshot(id))
        case .valid: serve(request, token)
        }
    }

    private mutating func serve(_ request: FetchRequest, _ token: RequestToken) {
        if request.fetchOffset < log.endOffset {
            let content = FetchReply.Content.records(
                from: request.fetchOffset, upTo: log.endOffset, maxBytes: request.maxBytes)
            return replyFetch(token, content: content)
        }
        guard case .leader(var leader) = role else { return }
        let known = request.highWatermark ?? highWatermark
        let wait = min(request.maxWaitMilliseconds, configuration.fetchMaxWaitMilliseconds)
        let hasNews = leader.isEstablished && known < highWatermark
        guard wait > 0, !hasNews, leader.parkedFetches.count < configuration.maxParkedFetches else {
            return replyFetch(token)
        }
        leader.parkedFetches.append(
            ParkedFetch(
                token: token, replica: request.replica, offset: request.fetchOffset, maxBytes: request.maxBytes,
                highWatermark: known, deadline: now + wait))
        role = .leader(leader)
    }

    /// Answers the waiting fetches that have something to tell, or have waited long enough.
    mutating func completeParkedFetches() {
        guard case .leader(var leader) = role, !leader.parkedFetches.isEmpty else { return }
        let isDue = { [now, log, highWatermark, isEstablished = leader.isEstablished] (fetch: ParkedFetch) in
            fetch.offset < log.endOffset || fetch.deadline <= now
                || (isEstablished && fetch.highWatermark < highWatermark)
        }
        let due = leader.parkedFetches.filter(isDue)
        guard !due.isEmpty else { return }
        leader.parkedFetches.removeAll(where: isDue)
        role = .leader(leader)
        for fetch in due {
            let content: FetchReply.Content =
                fetch.offset < log.endOffset
                ? .records(from: fetch.offset, upTo: log.endOffset, maxBytes: fetch.maxBytes) : .empty
            replyFetch(fetch.token, content: content)
        }
    }

    // MARK: Snapshots

    mutating func received(_ request: FetchSnapshotRequest, _ token: RequestToken) {
        var error = errorOfLeaderOnlyRequest(clusterID: request.clusterID, epoch: request.currentLeaderEpoch)
        var size: Int64 = 0
        if error == .none {
            if let snapshot = log.snapshots.first(where: { $0.id == request.snapshotID }) {
                size = snapshot.sizeInBytes
                if !(0..<size).contains(request.position) { error = .positionOutOfRange }
            } else {
                error = .snapshotNotFound
            }
            if voters.contains(request.replica), case .leader(var leader) = role {
                leader.hear(from: request.replica.id, now: now, configuration: configuration)
                role = .leader(leader)
            }
        }
        let isFine = error == .none
        let reply = FetchSnapshotReply(
            header: header(error), snapshotID: request.snapshotID, sizeInBytes: isFine ? size : 0,
            position: isFine ? request.position : 0,
            byteCount: isFine ? min(size - request.position, Int64(max(1, request.maxBytes))) : 0)
        emit(.reply(token, .fetchSnapshot(reply)))
    }
}

extension Leader {
    /// Notes what a fetch tells of a replica.
    mutating func fetched(
        by replica: ReplicaKey, at offset: Int64, leaderEnd: Int64, isVoter: Bool, now: Int64,
        configuration: RaftConfiguration
    ) {
        if isVoter, let index = followers.firstIndex(where: { $0.key.id == replica.id }) {
            return followers[index].fetched(at: offset, leaderEnd: leaderEnd, now: now)
        }
        if let index = observers.firstIndex(where: { $0.key == replica }) {
            return observers[index].fetched(at: offset, leaderEnd: leaderEnd, now: now)
        }
        forgetObservers(
            silentSince: now - configuration.observerSessionMilliseconds, keepingAtMost: configuration.maxObservers - 1)
        var observer = ReplicaProgress(key: replica, announceAt: .max)
        observer.fetched(at: offset, leaderEnd: leaderEnd, now: now)
        observers.append(observer)
    }

    private mutating func forgetObservers(silentSince time: Int64, keepingAtMost limit: Int) {
        observers.removeAll { ($0.lastFetchAt ?? .min) <= time }
        while observers.count > max(0, limit),
            let index = observers.indices.min(by: { left, right in
                (observers[left].lastFetchAt ?? .min) < (observers[right].lastFetchAt ?? .min)
            })
        {
            observers.remove(at: index)
        }
    }
}
