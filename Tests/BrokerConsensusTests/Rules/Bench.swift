import BrokerPrimitives

@testable import BrokerConsensus

/// One replica on a workbench: node 1 of a few, to which a test plays all the others.
struct Bench {
    var replica: RaftReplica
    var now: Int64 = 0
    private var lastToken: UInt64 = 0

    init(
        voters: Int32 = 3, local: Int32 = 1, state: ElectionState? = nil, log: LogShape = LogShape(),
        configuration: RaftConfiguration = RaftConfiguration()
    ) {
        replica = RaftReplica(
            local: Self.key(local), clusterID: "cluster",
            voters: VoterSet((1...voters).map { Voter(key: Self.key($0), endpoints: [Self.endpoint($0)]) }),
            configuration: configuration, electionState: state, log: log, seed: 42)
    }

    static func key(_ id: Int32) -> ReplicaKey {
        ReplicaKey(id: id, directoryID: KafkaUUID(high: 0xD1, low: UInt64(id)))
    }
    static func endpoint(_ id: Int32) -> Endpoint { Endpoint(listenerName: "C", host: "node-\(id)", port: 9093) }

    /// A log with these epochs, each up to the given end.
    static func log(_ epochs: [(epoch: Int32, end: Int64)]) -> LogShape {
        var log = LogShape()
        for (epoch, end) in epochs { log.append(BatchSpan(baseOffset: log.endOffset, endOffset: end, epoch: epoch)) }
        return log
    }

    @discardableResult
    mutating func step(_ event: Event) -> [Effect] { replica.step(event, now: now) }

    /// Lets time pass, with a tick at every deadline on the way.
    @discardableResult
    mutating func elapse(_ milliseconds: Int64) -> [Effect] {
        let end = now + milliseconds
        var effects: [Effect] = []
        while let deadline = replica.nextDeadline, deadline <= end {
            now = max(now, deadline)
            effects += step(.ticked)
        }
        now = end
        return effects + step(.ticked)
    }

    mutating func ask(_ request: RaftRequest) -> (reply: RaftReply?, effects: [Effect]) {
        lastToken += 1
        let token = RequestToken(value: lastToken)
        let effects = step(.requestReceived(token, request))
        return (effects.reply(to: token), effects)
    }

    mutating func vote(
        for candidate: Int32 = 2, epoch: Int32, logEnd: OffsetAndEpoch = OffsetAndEpoch(offset: 0, epoch: 0),
        isPreVote: Bool = false, clusterID: String = "cluster", directory: KafkaUUID? = nil
    ) -> VoteResponse? {
        let request = VoteRequest(
            clusterID: clusterID, voterID: replica.local.id, voterDirectoryID: directory ?? replica.local.directoryID,
            candidate: Self.key(candidate), epoch: epoch, logEnd: logEnd, isPreVote: isPreVote)
        guard case .vote(let response) = ask(.vote(request)).reply else { return nil }
        return response
    }

    mutating func fetch(
        from id: Int32 = 2, at offset: Int64, after epoch: Int32, leaderEpoch: Int32? = nil,
        highWatermark: Int64? = nil, wait: Int64 = 0
    ) -> (reply: FetchReply?, effects: [Effect]) {
        let request = FetchRequest(
            clusterID: "cluster", replica: Self.key(id), currentLeaderEpoch: leaderEpoch ?? replica.epoch,
            fetchOffset: offset, lastFetchedEpoch: epoch, highWatermark: highWatermark, maxWaitMilliseconds: wait,
            maxBytes: 1000)
        let (reply, effects) = ask(.fetch(request))
        guard case .fetch(let answer) = reply else { return (nil, effects) }
        return (answer, effects)
    }

    /// Brings the replica of three voters to lead, and makes its first record durable with it.
    @discardableResult
    mutating func lead() -> [Effect] {
        step(.started)
        var effects = elapse(2000)
        while replica.role.kind == .prospective || replica.role.kind == .candidate {
            guard let (correlation, _, _) = effects.sent.first(where: { $0.to == 2 }) else { break }
            let header = ResponseHeader(leaderID: nil, leaderEpoch: replica.epoch)
            effects = step(.responseReceived(correlation, .vote(VoteResponse(header: header, isGranted: true))))
        }
        flush(effects)
        return effects
    }

    /// Brings the replica to follow `leader`; gives its first fetch.
    mutating func follow(_ leader: Int32 = 2, epoch: Int32 = 1) -> CorrelationID? {
        step(.started)
        return begin(leader, epoch: epoch).effects.sent.first?.correlation
    }

    mutating func begin(_ leader: Int32, epoch: Int32) -> (reply: RaftReply?, effects: [Effect]) {
        ask(
            .beginQuorumEpoch(
                BeginQuorumEpochRequest(
                    clusterID: "cluster", voterID: replica.local.id, voterDirectoryID: replica.local.directoryID,
                    leaderID: leader, leaderEpoch: epoch, leaderEndpoints: [Self.endpoint(leader)])))
    }

    @discardableResult
    mutating func answer(
        _ correlation: CorrelationID?, _ content: FetchResponse.Content, highWatermark: Int64 = -1,
        from leader: Int32 = 2
    ) -> [Effect] {
        guard let correlation else { return [] }
        let header = ResponseHeader(leaderID: leader, leaderEpoch: replica.epoch)
        return step(
            .responseReceived(
                correlation, .fetch(FetchResponse(header: header, highWatermark: highWatermark, content: content))))
    }

    @discardableResult
    mutating func flush(_ effects: [Effect]) -> [Effect] {
        effects.flatMap { effect -> [Effect] in
            if case .flushLog(let token) = effect { step(.logFlushed(token)) } else { [] }
        }
    }
}

extension [Effect] {
    var sent: [(correlation: CorrelationID, to: Int32, request: RaftRequest)] {
        compactMap {
            if case .send(let correlation, let to, _, let request) = $0 { (correlation, to, request) } else { nil }
        }
    }

    func reply(to token: RequestToken) -> RaftReply? {
        for case .reply(token, let reply) in self { return reply }
        return nil
    }

    var fetchReplies: [FetchReply] {
        compactMap { if case .reply(_, .fetch(let reply)) = $0 { reply } else { nil } }
    }

    var fetchRequests: [FetchRequest] {
        sent.compactMap { if case .fetch(let request) = $0.request { request } else { nil } }
    }

    var voteRequests: [VoteRequest] {
        sent.compactMap { if case .vote(let request) = $0.request { request } else { nil } }
    }
}
