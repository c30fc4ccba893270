import BrokerPrimitives

extension RaftReplica {
    /// A voter's fetch says "this much I have durably": it waits until that is so. Nobody fetches while a snapshot is
    /// being installed.
    var mayFetch: Bool { installing == nil && (!isVoter || flushes.durableEndOffset >= log.endOffset) }

    mutating func sendFetch(to node: Int32, endpoints: [Endpoint]) {
        let request = FetchRequest(
            clusterID: clusterID, replica: local, currentLeaderEpoch: epoch, fetchOffset: log.endOffset,
            lastFetchedEpoch: log.lastEpoch, highWatermark: highWatermark,
            maxWaitMilliseconds: configuration.fetchMaxWaitMilliseconds, maxBytes: configuration.fetchMaxBytes)
        send(.fetch(request), to: node, endpoints: endpoints)
    }

    /// Asks the leader for what comes next, if nothing stands in the way.
    mutating func fetchFromLeader(_ follower: Follower) {
        let leader = follower.leader
        guard mayFetch, outbound.isReady(leader.id) else { return }
        if let download = follower.download {
            let request = FetchSnapshotRequest(
                clusterID: clusterID, replica: local, currentLeaderEpoch: epoch, snapshotID: download.id,
                position: download.position, maxBytes: configuration.fetchSnapshotMaxBytes)
            return send(.fetchSnapshot(request), to: leader.id, endpoints: leader.endpoints)
        }
        sendFetch(to: leader.id, endpoints: leader.endpoints)
    }

    mutating func received(_ response: FetchResponse, _ correlation: CorrelationID, from node: Int32) {
        guard case .follower(let follower) = role, follower.leader.id == node else { return }
        guard response.header.error == .none else { return backOff(from: node) }
        let isUsable =
            switch response.content {
            case .records(let spans): append(spans, correlation, highWatermark: response.highWatermark)
            case .diverging(let end): truncate(to: end)
            case .snapshot(let id): beginDownload(of: id)
            }
        guard isUsable else { return backOff(from: node) }
        heardFromLeader()
    }

    private mutating func heardFromLeader() {
        guard case .follower(var follower) = role else { return }
        follower.fetchDeadline = now + configuration.fetchTimeoutMilliseconds
        follower.hasFetchedFromLeader = true
        role = .follower(follower)
    }

    /// Appends what fits exactly: the next offsets, in epochs that do not go back and are not beyond the leader's.
    private mutating func append(_ spans: [BatchSpan], _ correlation: CorrelationID, highWatermark told: Int64) -> Bool
    {
        var end = log.end
        for span in spans {
            guard span.baseOffset == end.offset, span.endOffset > span.baseOffset,
                span.endOffset < LogShape.offsetLimit,
                (end.epoch...epoch).contains(span.epoch)
            else { return false }
            end = OffsetAndEpoch(offset: span.endOffset, epoch: span.epoch)
        }
        if !spans.isEmpty {
            let base = log.endOffset
            for span in spans { log.append(span) }
            emit(.appendFetched(correlation, baseOffset: base, endOffset: end.offset))
            if isVoter { flushLog() }
        }
        advanceHighWatermark(to: min(told, log.endOffset))
        return true
    }

    private mutating func truncate(to divergence: OffsetAndEpoch) -> Bool {
        guard divergence.offset >= 0, divergence.epoch >= 0 else { return false }
        let offset = log.truncationOffset(for: divergence)
        guard offset >= highWatermark else {
            halt(.truncationBelowHighWatermark(offset: offset, highWatermark: highWatermark))
            return false
        }
        guard offset < log.endOffset else { return false }
        log.truncate(to: offset)
        flushes.truncate(to: offset)
        emit(.truncateLog(to: offset))
        return true
    }

    // MARK: Snapshots

    private mutating func beginDownload(of id: OffsetAndEpoch) -> Bool {
        guard (1..<LogShape.offsetLimit).contains(id.offset), id.epoch >= 0, id.epoch <= epoch,
            case .follower(var follower) = role
        else { return false }
        guard id.offset >= highWatermark else {
            halt(.snapshotBelowHighWatermark(id, highWatermark: highWatermark))
            return false
        }
        if log.snapshots.contains(where: { $0.id == id }) {
            let end = log.endOffset
            startFromSnapshot(id)
            return log.endOffset != end
        }
        follower.download = SnapshotDownload(id: id)
        role = .follower(follower)
        emit(.beginSnapshotDownload(id))
        return true
    }

    mutating func received(_ response: FetchSnapshotResponse, _ correlation: CorrelationID, from node: Int32) {
        guard case .follower(var follower) = role, follower.leader.id == node, var download = follower.download else {
            return
        }
        let (end, overflow) = response.position.addingReportingOverflow(response.byteCount)
        let isUsable =
            response.header.error == .none && response.snapshotID == download.id
            && response.position == download.position && response.byteCount > 0 && !overflow
            && end <= response.sizeInBytes && (download.sizeInBytes ?? response.sizeInBytes) == response.sizeInBytes
        guard isUsable else {
            follower.download = nil
            role = .follower(follower)
            emit(.abandonSnapshotDownload(download.id))
            return backOff(from: node)
        }
        emit(.writeSnapshotPart(correlation, download.id, position: download.position))
        download.position = end
        download.sizeInBytes = response.sizeInBytes
        follower.download = end == response.sizeInBytes ? nil : download
        role = .follower(follower)
        if follower.download == nil {
            installing = Snapshot(id: download.id, sizeInBytes: response.sizeInBytes)
            emit(.installSnapshot(download.id))
        }
        heardFromLeader()
    }
}
