import BrokerModel
import BrokerPrimitives
import Testing

@testable import BrokerClient

/// SplitMix64: the same faults for the same seed.
private struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z &>> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z &>> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z &>> 31
    }

    mutating func happens(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

@Suite struct ProducerFaultTests {
    /// A producer and brokers whose connections break before or after an append, whose answers get lost, and whose
    /// partitions move: in the end every record is in the log once, in the order it was handed in.
    @Test(arguments: 0..<120 as Range<UInt64>)
    func `records are delivered once and in order through any passing faults`(seed: UInt64) {
        expectDelivery(seed, timeout: .max / 4)
    }

    /// The same where records are given up on the way: whatever became of those, none is in the log twice.
    @Test(arguments: 0..<240 as Range<UInt64>)
    func `records that are given up are written at most once, and the others once`(seed: UInt64) {
        expectDelivery(seed, timeout: Int64(40 + seed % 8 * 30))
    }

    private func expectDelivery(_ seed: UInt64, timeout: Int64) {
        var chance = Chance(state: seed)
        var configuration = ProducerConfiguration.immediate(recordsPerBatch: Int.random(in: 1...4, using: &chance))
        configuration.deliveryTimeoutMilliseconds = timeout
        configuration.lingerMilliseconds = Int64.random(in: 0...20, using: &chance)
        var core = Core(configuration)
        core.setReady(2, true)
        var broker = ModelBroker()
        let targets = (0..<3).map { partition(PartitionIndex($0)) }
        var leaders: [TopicPartition: NodeID] = [:]
        for target in targets { leaders[target] = 1 }
        var sent: [TopicPartition: [Int]] = [:]
        /// Requests on their way to each node, in order.
        var wire: [NodeID: [Core.Request]] = [1: [], 2: []]
        var delivered: [Int: Offset] = [:]
        var givenUp: Set<Int> = []
        var now: Int64 = 0
        var number = 0
        var isQuiet = false

        func note(_ deliveries: [BatchDelivery<Int>]) {
            for delivery in deliveries {
                for (index, record) in delivery.batch.records.enumerated() {
                    guard case .success(let place) = delivery.metadata(at: index) else {
                        if timeout == .max / 4 { Issue.record("record \(record.waiter) was given up") }
                        #expect(delivered[record.waiter] == nil)
                        givenUp.insert(record.waiter)
                        continue
                    }
                    #expect(delivered[record.waiter] == nil)
                    delivered[record.waiter] = place.offset ?? -1
                }
            }
        }

        func serve(_ node: NodeID) {
            guard let request = wire[node]?.first else { return }
            if !isQuiet, chance.happens(8) {
                // The connection breaks: some of what is in flight was carried out, and no answer comes.
                let flying = wire[node] ?? []
                let served = Int.random(in: 0...flying.count, using: &chance)
                for request in flying.prefix(served) {
                    for batch in request.batches where leaders[batch.partition] == node { _ = broker.append(batch) }
                }
                wire[node] = []
                for request in flying {
                    note(
                        core.complete(request: request.id, now: now, random: chance.next()) { _ in
                            .failed(ClientError(.connectionClosed, "test"))
                        })
                }
                return
            }
            wire[node]?.removeFirst()
            var outcomes: [TopicPartition: BatchOutcome] = [:]
            for batch in request.batches {
                if leaders[batch.partition] != node {
                    outcomes[batch.partition] = .failed(.server(.notLeaderOrFollower, "test"))
                } else if !isQuiet, chance.happens(10) {
                    outcomes[batch.partition] = .failed(.server(.notEnoughReplicas, "test"))
                } else {
                    let outcome = broker.append(batch)
                    outcomes[batch.partition] = outcome
                    if !isQuiet, chance.happens(10), case .appended = outcome {
                        outcomes[batch.partition] = .failed(.server(.notEnoughReplicasAfterAppend, "test"))
                    }
                }
            }
            note(
                core.complete(request: request.id, now: now, random: chance.next()) { partition in
                    outcomes[partition] ?? .failed(ClientError(.malformedResponse, "test"))
                })
        }

        for step in 0..<1_500 {
            now += Int64.random(in: 0...15, using: &chance)
            isQuiet = step > 600
            if step < 500, chance.happens(60) {
                let target = targets[Int.random(in: 0..<3, using: &chance)]
                core.add(number, to: target, now: now, leader: leaders[target])
                sent[target, default: []].append(number)
                number += 1
            }
            if !isQuiet, chance.happens(2) {
                leaders[targets[Int.random(in: 0..<3, using: &chance)]] = NodeID.random(in: 1...2, using: &chance)
            }
            let plan = core.plan(now: now)
            note(plan.deliveries)
            #expect(plan.requests.allSatisfy { !$0.batches.isEmpty })
            for request in plan.requests { wire[request.node]?.append(request) }
            for _ in plan.topicsWithoutLeader {
                for target in targets { core.setLeader(leaders[target], of: target) }
            }
            if isQuiet || chance.happens(50) { serve(1) }
            if isQuiet || chance.happens(50) { serve(2) }
        }
        #expect(core.isIdle)
        #expect(core.reservedByteCount == 0)
        #expect(delivered.count + givenUp.count == number)
        for target in targets {
            let log = broker.log(of: target)
            // Rising, and so each once.
            #expect(zip(log, log.dropFirst()).allSatisfy { $0 < $1 })
            #expect(Set(log).isSuperset(of: sent[target, default: []].filter { delivered[$0] != nil }))
            for (offset, record) in log.enumerated() {
                #expect(delivered[record].map { $0 == Offset(offset) || $0 == -1 } ?? givenUp.contains(record))
            }
        }
    }
}
