import BrokerPrimitives

@testable import BrokerConsensus

/// Nodes, a network and time, in one thread and from one seed.
final class Cluster {
    enum Happening {
        case delivery(Packet)
        case failure(node: Int32, life: Int, CorrelationID)
        case flushed(node: Int32, life: Int, FlushToken, LogImage, reset: Int)
        case installed(node: Int32, life: Int, OffsetAndEpoch, isValid: Bool)
        case wake(node: Int32, life: Int)
        /// Of whoever runs the cluster.
        case appointment(Int)
    }

    let voters: VoterSet
    let configuration: RaftConfiguration
    private(set) var nodes: [Node]
    var random: RaftRandom
    var time: Int64 = 0
    var faults: Faults
    var blocked: Set<Link> = []
    var invariants: Invariants
    var narrator: Narrator?
    var tally = Tally()
    private(set) var traceHash: UInt64 = 0xCBF2_9CE4_8422_2325
    private var queue = EventQueue<Happening>()
    private var nextValue: Int64 = 0

    init(voters count: Int, observers: Int, seed: UInt64, configuration: RaftConfiguration, faults: Faults) {
        nodes = (1...Int32(count + observers)).map { Node(id: $0) }
        voters = VoterSet(
            nodes.prefix(count).map {
                Voter(
                    key: $0.key,
                    endpoints: [Endpoint(listenerName: "CONTROLLER", host: "node-\($0.key.id)", port: 9093)])
            })
        self.configuration = configuration
        self.faults = faults
        random = RaftRandom(seed: seed)
        invariants = Invariants(voters: voters)
    }

    subscript(id: Int32) -> Node {
        get { nodes[Int(id) - 1] }
        _modify { yield &nodes[Int(id) - 1] }
    }

    var ids: [Int32] { nodes.map(\.key.id) }
    var runningIDs: [Int32] { nodes.filter(\.isUp).map(\.key.id) }

    /// The leader of the newest epoch, if it runs.
    var leader: Int32? {
        nodes.filter { $0.replica?.role.kind == .leader }.max { $0.replica?.epoch ?? 0 < $1.replica?.epoch ?? 0 }?.key
            .id
    }

    // MARK: Life

    func start(_ id: Int32) throws {
        guard !self[id].isUp else { return }
        let seed = random.next()
        self[id].life += 1
        self[id].appliedOffset = 0
        self[id].digest = 0
        self[id].armedFor = .max
        self[id].lastFlush = 0
        self[id].clockOffset = Int64.random(in: 0...1_000_000, using: &random)
        let node = self[id]
        self[id].replica = RaftReplica(
            local: node.key, clusterID: "cluster", voters: voters, configuration: configuration,
            electionState: node.disk.electionState, log: node.disk.log.shape(snapshots: node.disk.snapshots), seed: seed
        )
        narrator?.say(id, node.life == 1 ? "starts" : "starts again")
        invariants.restarted(self, id)
        try step(id, .started)
    }

    func crash(_ id: Int32) {
        guard self[id].isUp else { return }
        let hasLost = self[id].disk.crash(using: &random)
        if hasLost { tally.note(.lostUnsynced) }
        stop(id)
        narrator?.say(id, hasLost ? "crashes and loses what was not flushed" : "crashes")
    }

    private func stop(_ id: Int32) {
        self[id].replica = nil
        self[id].askers = [:]
    }

    // MARK: Time

    func appoint(_ number: Int, in delay: Int64) { queue.push(.appointment(number), at: time + delay) }

    /// Lets the next thing happen. Gives back an appointment, which is not the cluster's business.
    func happen() throws -> Int? {
        guard let (time, happening) = queue.pop() else { return nil }
        self.time = time
        switch happening {
        case .appointment(let number): return number
        case .delivery(let packet): try deliver(packet)
        case .failure(let id, let life, let correlation):
            if self[id].life == life { try step(id, .requestFailed(correlation)) }
        case .flushed(let id, let life, let token, let image, let reset):
            guard self[id].life == life, self[id].isUp else { break }
            if reset == self[id].disk.resets, token.value > self[id].lastFlush {
                self[id].lastFlush = token.value
                self[id].disk.durableLog = image
                self[id].disk.durableLog.dropPrefix(before: self[id].disk.log.start)
            }
            try step(id, .logFlushed(token))
        case .installed(let id, let life, let snapshot, let isValid):
            guard self[id].life == life, self[id].isUp, let part = self[id].disk.part, part.id == snapshot else {
                break
            }
            self[id].disk.part = nil
            if isValid {
                self[id].disk.snapshots.removeAll { $0.id == snapshot }
                self[id].disk.snapshots.append(
                    SnapshotFile(id: snapshot, sizeInBytes: part.size, digest: part.digest))
                self[id].disk.snapshots.sort { $0.id.offset < $1.id.offset }
                try step(id, .snapshotInstalled(snapshot))
            } else {
                tally.note(.snapshotRejected)
                try step(id, .snapshotRejected(snapshot))
            }
        case .wake(let id, let life):
            guard self[id].life == life else { break }
            self[id].armedFor = .max
            guard let deadline = self[id].replica?.nextDeadline else { break }
            if deadline <= time + self[id].clockOffset { try step(id, .ticked) } else { arm(id) }
        }
        return nil
    }

    /// Lets everything happen that is due by `end`; appointments are passed to `keep`.
    func run(until end: Int64, appointments keep: (Int) throws -> Void = { _ in }) throws {
        while let next = queue.nextTime, next <= end {
            if let appointment = try happen() { try keep(appointment) }
        }
        time = max(time, end)
    }

    // MARK: Stepping

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

    private func arm(_ id: Int32) {
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

    /// How many bytes the part being written has: the driver has them in hand.
    private var bytesOfPart: Int64 = 0

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

    // MARK: Network

    private func post(_ packet: Packet) {
        guard !chance(faults.loss) else {
            tally.note(.lost)
            return lose(packet)
        }
        queue.push(.delivery(packet), at: time + drawnDelay())
        if chance(faults.duplication) {
            tally.note(.duplicated)
            queue.push(.delivery(packet), at: time + drawnDelay())
        }
    }

    /// Who asked learns of a loss from a broken connection, or not at all.
    private func lose(_ packet: Packet) {
        let asker = if case .request = packet.content { packet.from } else { packet.to }
        guard Bool.random(using: &random) else { return }
        queue.push(.failure(node: asker, life: packet.life, packet.correlation), at: time + drawnDelay())
    }

    private func deliver(_ packet: Packet) throws {
        guard self[packet.to].isUp, !blocked.contains(Link(from: packet.from, to: packet.to)) else {
            narrator?.lost(packet)
            if self[packet.to].isUp { tally.note(.cutOff) }
            return lose(packet)
        }
        narrator?.deliver(packet)
        switch packet.content {
        case .request(let request):
            self[packet.to].lastToken += 1
            let token = self[packet.to].lastToken
            let isPreVote = if case .vote(let vote) = request { vote.isPreVote } else { false }
            self[packet.to].askers[token] = Node.Asker(
                node: packet.from, correlation: packet.correlation, life: packet.life, isPreVote: isPreVote)
            try step(packet.to, .requestReceived(RequestToken(value: token), request))
        case .response(let response, let records, let digest):
            guard self[packet.to].life == packet.life else { return }
            if case .fetchSnapshot(let part) = response { bytesOfPart = part.byteCount }
            try step(packet.to, .responseReceived(packet.correlation, response), records: records, digest: digest)
        }
    }

    // MARK: Chance

    func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }

    func drawn(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound == range.upperBound ? range.lowerBound : Int64.random(in: range, using: &random)
    }

    private func drawnDelay() -> Int64 {
        let delay = drawn(faults.delay)
        guard chance(faults.straggling) else { return delay }
        tally.note(.straggled)
        return delay + drawn(0...3000)
    }

    private func trace(_ id: Int32) {
        guard let replica = self[id].replica else { return }
        for word in [
            time, Int64(id), Int64(replica.epoch), replica.highWatermark, replica.log.endOffset,
            replica.log.startOffset,
            Int64(replica.role.kind.rawValue.utf8.count), replica.nextDeadline ?? 0,
        ] {
            traceHash = (traceHash ^ UInt64(bitPattern: word)) &* 0x100_0000_01B3
        }
    }

    // MARK: The state machine's own doings

    /// A snapshot of what was applied, as the state machine of `id` would write it.
    func takeSnapshot(_ id: Int32) throws {
        let node = self[id]
        let offset = node.appliedOffset
        guard let replica = node.replica, offset > 0, offset <= replica.highWatermark,
            let epoch = node.disk.log[offset - 1]?.epoch
        else { return }
        let snapshot = OffsetAndEpoch(offset: offset, epoch: epoch)
        let file = SnapshotFile(id: snapshot, sizeInBytes: drawn(1...3000), digest: node.digest)
        guard !node.disk.snapshots.contains(where: { $0.id == snapshot }) else { return }
        self[id].disk.snapshots.append(file)
        tally.note(.snapshotTaken)
        narrator?.say(id, "writes the snapshot \(Narrator.text(snapshot))")
        try step(id, .snapshotCreated(file.description))
    }

    /// Drops the log before the snapshot that is the `index`-th.
    func dropPrefix(_ id: Int32, snapshot index: Int) throws {
        let snapshots = self[id].disk.snapshots
        guard self[id].isUp, snapshots.indices.contains(index) else { return }
        let snapshot = snapshots[index].id
        guard snapshot.offset > self[id].disk.log.start, snapshot.offset <= self[id].replica?.highWatermark ?? 0 else {
            return
        }
        self[id].disk.dropPrefix(before: snapshot.offset)
        narrator?.say(id, "drops its log before \(snapshot.offset)")
        try step(id, .logPrefixDropped(before: snapshot))
    }
}
