internal import BrokerCommitLog
internal import BrokerMetadata
package import BrokerModel
internal import BrokerPluginAPI
internal import BrokerPrimitives
internal import Synchronization

extension Partition {
    /// Reads for a consumer: whole batches, up to what its isolation lets it see.
    package func read(_ wanted: FetchRead) throws(PartitionError) -> FetchedPartition {
        try check(wanted.currentLeaderEpoch) { $0.fetchRequests &+= 1 }
        let highWatermark = log.logEndOffset
        let lastStable = log.lastStableOffset(highWatermark: highWatermark)
        var fetched = FetchedPartition(
            highWatermark: highWatermark, lastStableOffset: lastStable, logStartOffset: log.logStartOffset)
        if wanted.isolation == .readCommitted { fetched.aborted = [] }
        if wanted.lastFetchedEpoch >= 0 {
            let end = log.endOffset(for: wanted.lastFetchedEpoch)
            guard end.epoch >= 0, end.endOffset >= 0 else {
                throw PartitionError(.offsetOutOfRange, "The epoch \(wanted.lastFetchedEpoch) is not in this log.")
            }
            if end.epoch < wanted.lastFetchedEpoch || end.endOffset < wanted.offset {
                fetched.diverging = .init(epoch: end.epoch, endOffset: end.endOffset)
                return fetched
            }
        }
        let limit = wanted.isolation == .readCommitted ? lastStable : highWatermark
        do throws(LogError) {
            let slice = try log.read(
                from: wanted.offset, maxBytes: wanted.maxBytes, upperBound: limit,
                minimumOneBatch: wanted.minOneBatch)
            if slice.isEmpty { return fetched }
            fetched.records = try records(in: slice)
            if wanted.isolation == .readCommitted {
                fetched.aborted = try log.abortedTransactions(in: wanted.offset..<limit).map {
                    .init(producerID: $0.producerID, firstOffset: $0.firstOffset)
                }
            }
        } catch {
            let failure = PartitionError(error)
            if failure.code == .kafkaStorageError { state.withLock { $0.traffic.failedFetchRequests &+= 1 } }
            throw failure
        }
        return fetched
    }

    /// Below this size, copying costs less than handing the socket a file.
    private static let smallestRegion = 16 << 10

    private func records(in slice: LogSlice) throws(LogError) -> FetchedPartition.Records {
        do {
            if slice.byteCount >= Self.smallestRegion, let region = try slice.region() { return .region(region) }
            return .bytes(try slice.read())
        } catch { throw .offline(error) }
    }

    /// Lets a fetch wait here. Wakes it if more can be read by now than it saw: that would be missed otherwise.
    func add(_ waiter: FetchWaiter, thatSaw highWatermark: Offset) {
        let isGone = state.withLock { state in
            state.waiters[ObjectIdentifier(waiter)] = waiter
            return state.isGone
        }
        if isGone { return waiter.disturbed() }
        guard let threads = logs.threads else { return look(for: waiter, thatSaw: highWatermark) }
        // A log cannot be asked while it is written to.
        threads.run { self.look(for: waiter, thatSaw: highWatermark) }
    }

    private func look(for waiter: FetchWaiter, thatSaw highWatermark: Offset) {
        if self.highWatermark != highWatermark { waiter.disturbed() }
    }

    func remove(_ waiter: FetchWaiter) { state.withLock { $0.waiters[ObjectIdentifier(waiter)] = nil } }

    // MARK: Looking up

    /// Throws unless `epoch`, what a client believes the leader epoch to be, is right or −1.
    private func check(
        _ epoch: LeaderEpoch, counting: (inout Traffic) -> Void = { _ in }
    ) throws(PartitionError) {
        let (current, isGone) = state.withLock { state in
            counting(&state.traffic)
            return (state.leaderEpoch, state.isGone)
        }
        guard !isGone else { throw PartitionError(.notLeaderOrFollower) }
        if epoch == -1 || epoch == current { return }
        guard epoch < current else { throw PartitionError(.unknownLeaderEpoch) }
        throw PartitionError(.fencedLeaderEpoch, leader: .init(id: leader, epoch: current))
    }

    package func offset(
        at query: OffsetQuery, isolation: Isolation, currentLeaderEpoch: LeaderEpoch
    ) throws(PartitionError) -> FoundOffset {
        try check(currentLeaderEpoch)
        do throws(LogError) {
            switch query {
            case .latest:
                let highWatermark = highWatermark
                let end =
                    isolation == .readCommitted
                    ? log.lastStableOffset(highWatermark: highWatermark) : highWatermark
                return FoundOffset(offset: end, timestamp: -1, leaderEpoch: leaderEpoch)
            case .earliest, .earliestLocal:
                let start = log.logStartOffset
                return FoundOffset(offset: start, timestamp: -1, leaderEpoch: log.epoch(for: start) ?? -1)
            case .maxTimestamp:
                return FoundOffset(try log.offsetOfMaxTimestamp(decompressing: decompressed))
            case .latestTiered, .earliestPendingUpload: return .none
            case .timestamp(let timestamp):
                return FoundOffset(try log.offset(atOrAfter: timestamp, decompressing: decompressed))
            }
        } catch {
            throw PartitionError(error)
        }
    }

    package func endOffset(
        of epoch: LeaderEpoch, currentLeaderEpoch: LeaderEpoch
    ) throws(PartitionError) -> FetchedPartition.EpochEnd {
        try check(currentLeaderEpoch)
        let current = leaderEpoch
        // The current epoch may have no record yet.
        if epoch == current { return .init(epoch: current, endOffset: log.logEndOffset) }
        let end = log.endOffset(for: epoch)
        return .init(epoch: end.epoch, endOffset: end.endOffset)
    }
}

extension FoundOffset {
    fileprivate init(_ found: TimestampedOffset?) {
        self =
            found.map { FoundOffset(offset: $0.offset, timestamp: $0.timestamp, leaderEpoch: $0.leaderEpoch) } ?? .none
    }
}
