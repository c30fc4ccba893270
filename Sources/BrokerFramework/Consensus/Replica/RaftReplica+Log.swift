extension RaftReplica {
    mutating func flushLog() { emit(.flushLog(flushes.request(upTo: log.endOffset))) }

    mutating func propose(_ token: ProposalToken, epoch: Int32, _ recordCounts: [Int32]) {
        guard case .leader(let leader) = role, leader.epoch == epoch, shutdownDeadline == nil else {
            let leader = LeaderAndEpoch(epoch: self.epoch, leaderID: knownLeader?.id)
            return emit(.proposalRefused(token, .notLeader(leader)))
        }
        var spans: [BatchSpan] = []
        spans.reserveCapacity(recordCounts.count)
        var next = log.endOffset
        for count in recordCounts {
            let (end, overflow) = next.addingReportingOverflow(Int64(count))
            guard count > 0, !overflow, end < LogShape.offsetLimit else {
                return emit(.proposalRefused(token, .invalid))
            }
            spans.append(BatchSpan(baseOffset: next, endOffset: end, epoch: epoch))
            next = end
        }
        guard !spans.isEmpty else { return emit(.proposalRefused(token, .invalid)) }
        guard next - highWatermark <= configuration.maxUncommittedRecords else {
            return emit(.proposalRefused(token, .tooManyUncommittedRecords))
        }
        for span in spans { log.append(span) }
        emit(.appendProposal(token, spans))
        flushLog()
    }

    /// Moves the high watermark; `offset` at or below it changes nothing.
    mutating func advanceHighWatermark(to offset: Int64) {
        guard offset > highWatermark else { return }
        highWatermark = offset
        emit(.highWatermarkAdvanced(to: offset))
    }

    /// The leader's rule (Raft §5.4.2, Figure 8): a majority has it durably, and a record of this epoch is among it.
    mutating func advanceLeaderHighWatermark() {
        guard case .leader(var leader) = role else { return }
        let offset = leader.majorityOffset(ownDurableOffset: flushes.durableEndOffset)
        guard offset > leader.epochStartOffset else { return }
        advanceHighWatermark(to: offset)
        guard !leader.isEstablished else { return }
        leader.isEstablished = true
        role = .leader(leader)
        emit(.leadershipEstablished(epoch: leader.epoch, startOffset: leader.epochStartOffset))
    }

    // MARK: Snapshots of this replica's own

    mutating func created(_ snapshot: Snapshot) {
        Invariant.snapshotAtMostAtHighWatermark.require(
            snapshot.id.offset <= highWatermark, "\(snapshot.id) above \(highWatermark)")
        guard snapshot.id.offset > 0 else { return }
        log.add(snapshot)
    }

    mutating func droppedPrefix(before id: OffsetAndEpoch) {
        Invariant.logStartsAtSnapshot.require(log.snapshots.contains { $0.id == id }, "no snapshot \(id)")
        Invariant.snapshotAtMostAtHighWatermark.require(id.offset <= highWatermark)
        log.dropPrefix(before: id)
    }

    // MARK: Snapshots of others

    mutating func resetLog(to id: OffsetAndEpoch) {
        log.reset(to: id)
        flushes.reset(to: id.offset)
        emit(.resetLog(to: id))
    }

    mutating func installed(_ id: OffsetAndEpoch) {
        guard let snapshot = installing, snapshot.id == id else { return }
        installing = nil
        log.add(snapshot)
        startFromSnapshot(id)
    }

    /// Goes on from a snapshot that lies on disk, if the log lacks what it holds. Anyone but a leader may: a snapshot holds only
    /// what was committed. (A leader's log already has it.)
    mutating func startFromSnapshot(_ id: OffsetAndEpoch) {
        guard role.kind != .leader, !log.contains(id) else { return }
        guard id.offset >= highWatermark else {
            return halt(.snapshotBelowHighWatermark(id, highWatermark: highWatermark))
        }
        resetLog(to: id)
        emit(.loadSnapshot(id))
        advanceHighWatermark(to: id.offset)
    }
}
