@testable import BrokerConsensus

/// What a driver does: steps the replica and carries out its effects, on a simulated disk.
extension Cluster {
    /// Hands an event to a replica and carries out what it asks for.
    func step(_ id: Int32, _ event: Event, records: [Entry] = [], digest: UInt64 = 0) throws {
        guard self[id].replica != nil else { return }
        let now = time + self[id].clockOffset
        let role = self[id].replica?.role.kind
        let effects = self[id].replica?.step(event, now: now) ?? []
        if let replica = self[id].replica, replica.role.kind != role { narrator?.isNow(id, replica) }
        tally.events += 1
        try invariants.decided(self, id)
        var cut: Int?
        if faults.crashMidStep > 0, effects.count > 1, chance(faults.crashMidStep) {
            cut = Int.random(in: 0..<effects.count, using: &random)
        }
        for (index, effect) in effects.enumerated() {
            if index == cut {
                tally.note(.crashMidStep)
                return crash(id)
            }
            try carryOut(effect, id, records: records, digest: digest)
            guard self[id].isUp else { return }
        }
        trace(id)
        try invariants.check(self, id)
        let isDone = self[id].replica?.nextDeadline.map { $0 > now } ?? true
        try invariants.require(isDone, "after a step nothing is left that was due: \(event)")
        arm(id)
    }

    func arm(_ id: Int32) {
        guard let deadline = self[id].replica?.nextDeadline else { return }
        let due = max(time, deadline - self[id].clockOffset)
        guard due < self[id].armedFor else { return }
        self[id].armedFor = due
        // A timer is never early, and sometimes late.
        queue.push(.wake(node: id, life: self[id].life), at: due + drawn(0...faults.timerLateness))
    }

    private func carryOut(_ effect: Effect, _ id: Int32, records: [Entry], digest: UInt64) throws {
        narrator?.tell(id, effect, self)
        try invariants.check(self, id, before: effect)
        switch effect {
        case .persistElectionState(let state):
            self[id].disk.electionState = state
        case .appendLeaderChange(let change):
            try append([Entry(epoch: change.epoch, value: -Int64(change.epoch), startsBatch: true)], id)
        case .appendProposal(_, let spans):
            for span in spans {
                try append(
                    (span.baseOffset..<span.endOffset).map { offset in
                        nextValue += 1
                        return Entry(epoch: span.epoch, value: nextValue, startsBatch: offset == span.baseOffset)
                    }, id)
            }
        case .appendFetched(_, let base, let end):
            try invariants.require(
                base == self[id].disk.log.end && end - base == Int64(records.count), "appends what came")
            try append(records, id)
        case .truncateLog(let offset):
            tally.note(.truncation)
            self[id].disk.log.truncate(to: offset)
        case .flushLog(let token):
            queue.push(
                .flushed(node: id, life: self[id].life, token, self[id].disk.log, reset: self[id].disk.resets),
                at: time + drawn(0...faults.flushMilliseconds))
        case .resetLog(let end):
            self[id].disk.reset(to: end.offset)
        case .send(let correlation, let to, _, let request):
            post(Packet(from: id, to: to, content: .request(request), correlation: correlation, life: self[id].life))
        case .reply(let token, let reply):
            guard let asker = self[id].askers.removeValue(forKey: token.value) else {
                return try invariants.require(false, "answers each request once")
            }
            let (response, records, digest) = reply.delivered(from: self[id].disk)
            post(
                Packet(
                    from: id, to: asker.node, content: .response(response, records: records, digest: digest),
                    correlation: asker.correlation, life: asker.life))
        case .beginSnapshotDownload(let snapshot):
            self[id].disk.part = Disk.SnapshotPart(id: snapshot)
        case .writeSnapshotPart(_, let snapshot, let position):
            let isNext = self[id].disk.part?.id == snapshot && self[id].disk.part?.size == position
            try invariants.require(isNext, "writes a snapshot from begin to end")
            self[id].disk.part?.size += bytesOfPart
            self[id].disk.part?.digest = digest
        case .installSnapshot(let snapshot):
            tally.note(.snapshotInstalled)
            let isValid = !chance(faults.badSnapshot)
            queue.push(
                .installed(node: id, life: self[id].life, snapshot, isValid: isValid),
                at: time + drawn(0...faults.flushMilliseconds * 3))
        case .abandonSnapshotDownload:
            self[id].disk.part = nil
        case .loadSnapshot(let snapshot):
            let file = self[id].disk.snapshots.first { $0.id == snapshot }
            try invariants.require(file != nil, "loads a snapshot that is there")
            self[id].appliedOffset = snapshot.offset
            self[id].digest = file?.digest ?? 0
        case .highWatermarkAdvanced(let offset):
            try apply(id, upTo: offset)
        case .leaderChanged, .leadershipEstablished, .proposalRefused:
            break
        case .shutdownCompleted:
            tally.note(.shutdown)
            _ = self[id].disk.crash(using: &random)
            stop(id)
        case .halted(let fault):
            try invariants.require(false, "no replica halts: \(fault)")
        }
    }

    private func append(_ entries: [Entry], _ id: Int32) throws {
        for entry in entries {
            try invariants.appended(self, id, entry)
            self[id].disk.log.entries.append(entry)
        }
    }

    private func apply(_ id: Int32, upTo offset: Int64) throws {
        while self[id].appliedOffset < offset {
            let next = self[id].appliedOffset
            guard let entry = self[id].disk.log[next] else {
                return try invariants.require(false, "applies without gaps: \(id) lacks \(next)")
            }
            self[id].digest = Node.digest(self[id].digest, adding: entry)
            self[id].appliedOffset = next + 1
            try invariants.applied(id, entry, at: next, digest: self[id].digest)
        }
    }
}
