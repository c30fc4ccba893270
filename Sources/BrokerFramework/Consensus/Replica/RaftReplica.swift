import BrokerPrimitives

/// One replica of a Raft log in KRaft's manner: elections with pre-vote, replication by pull.
///
/// A pure value. ``step(_:now:)`` takes an event and returns what to do about it, in order. See `Overview.swift` for the
/// words, the driver's duties and the states.
///
/// Not to be copied into two lives: only the newest value knows what has been promised.
package struct RaftReplica: Sendable {
    package let local: ReplicaKey
    package let clusterID: String
    package let configuration: RaftConfiguration
    package let voters: VoterSet

    /// The log as it is once the effects so far are carried out.
    package internal(set) var log: LogShape
    /// Records below are committed. After a start, at least the end of the latest snapshot.
    package internal(set) var highWatermark: Int64

    var role: Role
    var flushes: PendingFlushes
    var outbound = OutboundRequests()
    var random: RaftRandom
    var now: Int64 = .min
    var effects: [Effect] = []
    /// What lies in `quorum-state`; nil if there is no such file yet.
    var persisted: ElectionState?
    var announced: LeaderAndEpoch?
    /// Elections lost in a row.
    var lostElections = 0
    /// A downloaded snapshot that the driver is verifying.
    var installing: Snapshot?
    var shutdownDeadline: Int64?
    var hasStarted = false
    /// Says nothing and does nothing any more.
    package internal(set) var isSilent = false

    /// Takes up what was found on disk; nothing happens before ``Event/started``.
    ///
    /// - Parameters:
    ///   - electionState: the content of `quorum-state`, nil if there is none.
    ///   - log: the log after recovery. All of it must be durable, and its epochs and snapshots must be those on disk.
    ///   - seed: where the replica's chance begins; different for each replica and each life.
    package init(
        local: ReplicaKey, clusterID: String, voters: VoterSet, configuration: RaftConfiguration,
        electionState: ElectionState?, log: LogShape, seed: UInt64
    ) {
        self.local = local
        self.clusterID = clusterID
        self.voters = voters
        self.configuration = configuration
        self.log = log
        highWatermark = max(log.startOffset, log.latestSnapshot?.id.offset ?? 0)
        flushes = PendingFlushes(durableEndOffset: log.endOffset)
        random = RaftRandom(seed: seed)
        persisted = electionState
        // An epoch in the log that is newer than the file: the file was lost or is old. The log's epoch is certain.
        let epoch = max(electionState?.epoch ?? 0, log.lastEpoch)
        let isOfThisEpoch = electionState?.epoch == epoch
        role = .unattached(
            Unattached(
                epoch: epoch, leaderID: isOfThisEpoch ? electionState?.leaderID : nil,
                votedFor: isOfThisEpoch ? electionState?.votedFor : nil, electionDeadline: nil))
    }

    /// Takes an event and says what to do about it, in order.
    ///
    /// - Parameter now: monotonic time in milliseconds, from any origin; an earlier one than before counts as the same.
    package mutating func step(_ event: Event, now: Int64) -> [Effect] {
        guard !isSilent else { return [] }
        self.now = max(self.now, now)
        outbound.expire(now: self.now)
        handle(event)
        poll()
        defer { effects = [] }
        return effects
    }

    private mutating func handle(_ event: Event) {
        if event == .started { return start() }
        Invariant.startsOnce.require(hasStarted, "an event came before .started")
        switch event {
        case .started, .ticked: break
        case .requestReceived(let token, let request): received(request, token)
        case .responseReceived(let correlation, let response): received(response, correlation)
        case .requestFailed(let correlation): failed(correlation)
        case .proposed(let token, let epoch, let recordCounts): propose(token, epoch: epoch, recordCounts)
        case .resignationRequested(let epoch): resign(epoch: epoch)
        case .logFlushed(let token): flushes.complete(token)
        case .snapshotCreated(let snapshot): created(snapshot)
        case .logPrefixDropped(let id): droppedPrefix(before: id)
        case .snapshotInstalled(let id): installed(id)
        case .snapshotRejected(let id): if installing?.id == id { installing = nil }
        case .shutdownRequested(let timeout): beginShutdown(timeoutMilliseconds: timeout)
        }
    }

    private mutating func received(_ request: RaftRequest, _ token: RequestToken) {
        switch request {
        case .vote(let request): received(request, token)
        case .beginQuorumEpoch(let request): received(request, token)
        case .endQuorumEpoch(let request): received(request, token)
        case .fetch(let request): received(request, token)
        case .fetchSnapshot(let request): received(request, token)
        }
    }

    private mutating func received(_ response: RaftResponse, _ correlation: CorrelationID) {
        guard let node = outbound.end(correlation), takeNews(of: response.header, from: node) else { return }
        switch response {
        case .vote(let response): received(response, from: node)
        case .beginQuorumEpoch(let response): received(response, from: node)
        case .endQuorumEpoch(let response): received(response, from: node)
        case .fetch(let response): received(response, correlation, from: node)
        case .fetchSnapshot(let response): received(response, correlation, from: node)
        }
    }

    private mutating func failed(_ correlation: CorrelationID) {
        guard let node = outbound.end(correlation) else { return }
        outbound.backOff(from: node, until: now + configuration.retryBackoffMilliseconds)
    }
}

// MARK: What the rest of the module needs of it

extension RaftReplica {
    var epoch: Int32 { role.epoch }
    var isVoter: Bool { voters.contains(local) }

    mutating func emit(_ effect: Effect) { effects.append(effect) }

    mutating func send(_ request: RaftRequest, to node: Int32, endpoints: [Endpoint]) {
        let correlation = outbound.begin(with: node, deadline: now + configuration.requestTimeoutMilliseconds)
        emit(.send(correlation, to: node, endpoints: endpoints, request))
    }

    /// The leader of the present epoch as told to others. A leader that resigned names nobody: it is of no use to them.
    var knownLeader: KnownLeader? {
        switch role {
        case .leader: KnownLeader(id: local.id, endpoints: endpoints(of: local.id))
        case .follower(let follower): follower.leader
        case .prospective(let prospective): prospective.leader.flatMap { $0.id == local.id ? nil : $0 }
        case .unattached(let unattached):
            unattached.leaderID.map { KnownLeader(id: $0, endpoints: endpoints(of: $0)) }
        case .candidate, .resigned: nil
        }
    }

    func endpoints(of node: Int32) -> [Endpoint] { voters[node]?.endpoints ?? [] }

    func header(_ error: ErrorCode = .none) -> ResponseHeader {
        let leader = knownLeader
        return ResponseHeader(
            error: error, leaderID: leader?.id, leaderEpoch: epoch, leaderEndpoints: leader?.endpoints ?? [])
    }

    /// A time from now between one and two election timeouts.
    mutating func drawElectionDeadline() -> Int64 {
        let timeout = max(1, configuration.electionTimeoutMilliseconds)
        return now + timeout + Int64.random(in: 0..<timeout, using: &random)
    }

    /// The replica gives up: the driver is told why, and nothing follows.
    mutating func halt(_ fault: Fault) {
        guard !isSilent else { return }
        isSilent = true
        emit(.halted(fault))
    }
}
