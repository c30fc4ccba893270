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
    var queue = EventQueue<Happening>()
    var nextValue: Int64 = 0

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

    func stop(_ id: Int32) {
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

    /// How many bytes the part being written has: the driver has them in hand.
    var bytesOfPart: Int64 = 0

    // MARK: Chance

    func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }

    func drawn(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound == range.upperBound ? range.lowerBound : Int64.random(in: range, using: &random)
    }

    func drawnDelay() -> Int64 {
        let delay = drawn(faults.delay)
        guard chance(faults.straggling) else { return delay }
        tally.note(.straggled)
        return delay + drawn(0...3000)
    }

    func trace(_ id: Int32) {
        guard let replica = self[id].replica else { return }
        for word in [
            time, Int64(id), Int64(replica.epoch), replica.highWatermark, replica.log.endOffset,
            replica.log.startOffset,
            Int64(replica.role.kind.rawValue.utf8.count), replica.nextDeadline ?? 0,
        ] {
            traceHash = (traceHash ^ UInt64(bitPattern: word)) &* 0x100_0000_01B3
        }
    }
}
