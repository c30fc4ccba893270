import BrokerModel
import BrokerPrimitives
import BrokerReplication
import BrokerTestKit
import Testing

func key(_ partition: PartitionIndex) -> FetchSession.Key {
    FetchSession.Key(topicID: .zero, topic: "t", partition: partition)
}

func request(_ partition: PartitionIndex, offset: Offset = 0) -> FetchSession.Request {
    FetchSession.Request(
        key: key(partition), currentLeaderEpoch: -1, fetchOffset: offset, lastFetchedEpoch: -1, maxBytes: 100)
}

func answer(
    _ highWatermark: Offset, records: Bool = false, logStart: Offset = 0, mustTell: Bool = false
) -> FetchSession.Answer {
    FetchSession.Answer(
        hasRecords: records, highWatermark: highWatermark, logStartOffset: logStart, mustTell: mustTell)
}

struct FetchSessionTests {
    private func order(_ session: FetchSession) -> [PartitionIndex] { session.requests.map(\.key.partition) }

    @Test func `a session begins at epoch 1 with the partitions it was given`() {
        let session = FetchSession(usesTopicIDs: true, requests: [request(2), request(0), request(1)])
        #expect(session.nextEpoch == 1)
        #expect(session.usesTopicIDs)
        #expect(order(session) == [2, 0, 1])
    }

    @Test func `a fetch adds, changes and forgets partitions`() {
        var session = FetchSession(usesTopicIDs: false, requests: [request(0), request(1), request(2)])
        session.update(adding: [request(1, offset: 9), request(3)], forgetting: [key(0), key(8)])
        #expect(session.requests == [request(1, offset: 9), request(2), request(3)])
        #expect(session.count == 3)
        session.update(adding: [], forgetting: [key(1), key(2), key(3)])
        #expect(session.requests.isEmpty && session.count == 0)
        session.update(adding: [request(5)], forgetting: [])
        #expect(session.requests == [request(5)])
    }

    @Test func `what was told is not told again`() {
        var session = FetchSession(usesTopicIDs: false, requests: [request(0)])
        #expect(session.mustTell(answer(5), of: key(0)), "nothing was told yet")
        session.told(answer(5), of: key(0))
        #expect(!session.mustTell(answer(5), of: key(0)))
        #expect(session.mustTell(answer(6), of: key(0)), "another high watermark")
        #expect(session.mustTell(answer(5, logStart: 1), of: key(0)), "another log start")
        #expect(session.mustTell(answer(5, records: true), of: key(0)), "records")
        #expect(session.mustTell(answer(5, mustTell: true), of: key(0)), "an error")
        #expect(session.mustTell(answer(5), of: key(7)), "a partition that is not in the session")
    }

    @Test func `after an error a partition is mentioned again though nothing else changed`() {
        var session = FetchSession(usesTopicIDs: false, requests: [request(0)])
        session.told(answer(5), of: key(0))
        session.told(answer(5, mustTell: true), of: key(0))
        #expect(session.mustTell(answer(5), of: key(0)))
        session.told(answer(5), of: key(0))
        #expect(!session.mustTell(answer(5), of: key(0)))
    }

    @Test func `a partition that had records goes to the end of the line`() {
        var session = FetchSession(usesTopicIDs: false, requests: (0..<4).map { request($0) })
        session.told(answer(1, records: true), of: key(0))
        #expect(order(session) == [1, 2, 3, 0])
        session.told(answer(1), of: key(1))
        #expect(order(session) == [1, 2, 3, 0], "an answer without records moves nothing")
        session.told(answer(1, records: true), of: key(3))
        #expect(order(session) == [0, 1, 2, 3])
    }

    @Test func `no partition starves where each answer has room for one`() {
        var session = FetchSession(usesTopicIDs: false, requests: (0..<7).map { request($0) })
        var served: [PartitionIndex] = []
        for _ in 0..<14 {
            guard let first = session.requests.first else { break }
            session.told(answer(1, records: true), of: first.key)
            served.append(first.key.partition)
        }
        #expect(served == Array(0..<7) + Array(0..<7))
    }

    @Test func `epochs count up one by one`() {
        var session = FetchSession(usesTopicIDs: false, requests: [])
        session.advanceEpoch()
        #expect(session.nextEpoch == 2)
        for _ in 0..<1000 { session.advanceEpoch() }
        #expect(session.nextEpoch == 1002)
    }

    /// The promise of KIP-227: a client that keeps what it was told knows as much as one that is told everything.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func `incremental answers make the same map as full ones`(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        var truth: [PartitionIndex: FetchSession.Answer] = [:]
        for partition in 0..<12 as Range<PartitionIndex> { truth[partition] = answer(0) }
        var wanted: Set<PartitionIndex> = [0, 1, 2, 3]
        var session = FetchSession(usesTopicIDs: false, requests: wanted.sorted().map { request($0) })
        var known: [PartitionIndex: FetchSession.Answer] = [:]
        for step in 0..<80 {
            // The world moves on.
            for _ in 0..<generator.number(0...4) {
                let partition = PartitionIndex(generator.number(0...11))
                let mark = Offset(generator.number(0...3))
                truth[partition] = answer(
                    mark, logStart: Offset(generator.number(0...1)), mustTell: generator.number(0...5) == 0)
            }
            // The client changes its mind.
            let added = (0..<generator.number(0...2)).map { _ in PartitionIndex(generator.number(0...11)) }
            let forgotten = wanted.filter { _ in generator.number(0...9) == 0 }.subtracting(added)
            session.update(
                adding: added.map { request($0, offset: Offset(step)) }, forgetting: forgotten.map { key($0) })
            wanted = wanted.union(added).subtracting(forgotten)
            for partition in forgotten { known[partition] = nil }
            #expect(Set(session.requests.map(\.key.partition)) == wanted)
            // Records are told once, by chance; they are no state that a client keeps.
            for request in session.requests {
                guard var answer = truth[request.key.partition] else { continue }
                answer.hasRecords = generator.number(0...6) == 0
                guard session.mustTell(answer, of: request.key) else { continue }
                session.told(answer, of: request.key)
                answer.hasRecords = false
                known[request.key.partition] = answer
            }
            #expect(known == truth.filter { wanted.contains($0.key) }, "seed \(seed), step \(step)")
        }
    }
}
