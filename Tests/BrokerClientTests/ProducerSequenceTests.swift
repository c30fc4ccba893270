import BrokerModel
import BrokerPrimitives
import Testing

@testable import BrokerClient

@Suite struct ProducerSequenceTests {
    @Test func `sequence numbers count records, per partition`() {
        var core = Core(.immediate(recordsPerBatch: 2))
        core.establish(partition(0))
        for number in 0..<4 { core.add(number, to: partition(0)) }
        core.add(9, to: partition(1))
        #expect(core.plan(now: 0).requests.map(\.numbers) == [[[0, 1], [0, 0]], [[0, 3]]])
    }

    @Test func `the first batch of an epoch goes alone, since the broker takes any number then`() {
        var core = Core(.immediate())
        for number in 0..<3 { core.add(number) }
        let first = core.plan(now: 0).requests
        #expect(first.map(\.numbers) == [[[0, 0]]])
        _ = core.succeed(first[0])
        #expect(core.plan(now: 0).requests.map(\.numbers) == [[[0, 1]], [[0, 2]]])
    }

    @Test func `no batch goes more than four after the oldest unsettled one, so that the broker knows that again`() {
        var core = Core(.immediate())
        core.establish()
        for number in 0..<10 { core.add(number) }
        let requests = core.plan(now: 0).requests
        #expect(requests.count == 5)
        _ = core.fail(requests[0], .notEnoughReplicasAfterAppend)
        for request in requests.dropFirst() { _ = core.succeed(request) }
        core.setLeader(1, of: partition())
        #expect(core.plan(now: 1_000).requests.map(\.numbers) == [[[0, 1]]])
        // The first is in flight again and nothing else is; yet five have gone since it was sent first.
        #expect(core.plan(now: 1_000).requests.isEmpty)
    }

    @Test func `a batch that failed is sent again with its numbers, alone, and first`() {
        var core = Core(.immediate())
        core.establish()
        for number in 0..<3 { core.add(number) }
        let requests = core.plan(now: 0).requests
        _ = core.fail(requests[0], .notEnoughReplicas)
        core.setLeader(1, of: partition())
        core.add(3)
        // Two are still in flight.
        #expect(core.plan(now: 500).requests.isEmpty)
        _ = core.fail(requests[1], .outOfOrderSequenceNumber)
        _ = core.fail(requests[2], .outOfOrderSequenceNumber)
        core.setLeader(1, of: partition())
        for expected in [[[[0, 1]]], [[[0, 2]]], [[[0, 3]], [[0, 4]]]] {
            let again = core.plan(now: 500).requests
            #expect(again.map(\.numbers) == expected)
            for request in again { _ = core.succeed(request) }
        }
        #expect(core.isIdle)
    }

    @Test func `a retry waits for its backoff`() {
        var core = Core(.immediate())
        core.add(0)
        let request = core.plan(now: 0).requests[0]
        _ = core.fail(request, .notEnoughReplicas, now: 50)
        core.setLeader(1, of: partition())
        let early = core.plan(now: 149)
        #expect(early.requests.isEmpty)
        #expect(early.wakeAt == 150)
        #expect(core.plan(now: 150).requests.count == 1)
    }

    @Test func `an error that may pass asks for the leader anew`() {
        var core = Core(.immediate())
        core.add(0)
        let request = core.plan(now: 0).requests[0]
        _ = core.fail(request, .notLeaderOrFollower)
        // A record that comes meanwhile may still know the old leader.
        core.add(1, leader: 1)
        #expect(core.plan(now: 1_000).topicsWithoutLeader == ["t"])
    }

    @Test func `a duplicate is delivered`() throws {
        var core = Core(.immediate())
        core.add(0)
        let request = core.plan(now: 0).requests[0]
        let delivery = core.fail(request, .duplicateSequenceNumber)[0]
        #expect(try delivery.metadata(at: 0).get().offset == nil)
    }

    @Test func `a batch refused for good does not block those behind it`() {
        var core = Core(.immediate())
        core.establish()
        for number in 0..<2 { core.add(number) }
        let requests = core.plan(now: 0).requests
        #expect(core.fail(requests[0], .invalidRecord).count == 1)
        // The broker never saw sequence 1, so it wants it before 2.
        #expect(core.fail(requests[1], .outOfOrderSequenceNumber).isEmpty)
        core.setLeader(1, of: partition())
        #expect(core.plan(now: 10_000).requests.map(\.numbers) == [[[1, 0]]])
    }

    @Test func `after giving up a batch that was sent, the partition goes on in a new epoch`() {
        var configuration = ProducerConfiguration.immediate()
        configuration.deliveryTimeoutMilliseconds = 1_000
        var core = Core(configuration)
        core.add(0)
        let request = core.plan(now: 0).requests[0]
        _ = core.fail(request, .requestTimedOut, now: 950)
        core.setLeader(1, of: partition())
        let given = core.plan(now: 1_000).deliveries
        #expect(given.count == 1)
        guard case .failed(let error)? = given.first?.outcome else {
            Issue.record("it has not failed")
            return
        }
        #expect((error.code, error.server) == (.timedOut, .requestTimedOut))
        #expect(error.message.contains("REQUEST_TIMED_OUT"), "the last answer is told")
        core.add(1, now: 1_000)
        #expect(core.plan(now: 2_000 - 1).requests.map(\.numbers) == [[[1, 0]]])
    }

    @Test func `a batch of unknown outcome keeps its numbers though one before it is given up`() {
        var configuration = ProducerConfiguration.immediate()
        configuration.deliveryTimeoutMilliseconds = 1_000
        var core = Core(configuration)
        core.establish()
        core.add(0, now: 0)
        core.add(1, now: 500)
        for request in core.plan(now: 500).requests {
            _ = core.complete(request: request.id, now: 500, random: 20) { _ in
                .failed(ClientError(.connectionClosed, "test"))
            }
        }
        core.setLeader(1, of: partition())
        core.add(2, now: 1_000)
        let plan = core.plan(now: 1_000)
        #expect(plan.deliveries.map(\.batch.records.first?.waiter) == [0])
        // It may be in the log already, and only under these numbers does the broker know it again.
        #expect(plan.requests.map(\.numbers) == [[[0, 2]]])
        // The broker says that it has never seen what came before: the batch is not in the log either.
        _ = core.fail(plan.requests[0], .outOfOrderSequenceNumber, now: 1_000)
        core.setLeader(1, of: partition())
        let again = core.plan(now: 1_400).requests
        #expect(again.map(\.numbers) == [[[1, 0]]])
        _ = core.succeed(again[0], now: 1_400)
        #expect(core.plan(now: 1_400).requests.map(\.numbers) == [[[1, 1]]])
    }

    @Test func `a batch that arrived fills the place of the one before it, and the numbers go on`() {
        var configuration = ProducerConfiguration.immediate()
        configuration.deliveryTimeoutMilliseconds = 1_000
        var core = Core(configuration)
        core.establish()
        core.add(0, now: 0)
        core.add(1, now: 500)
        for request in core.plan(now: 500).requests {
            _ = core.complete(request: request.id, now: 500, random: 20) { _ in
                .failed(ClientError(.connectionClosed, "test"))
            }
        }
        core.setLeader(1, of: partition())
        _ = core.succeed(core.plan(now: 1_000).requests[0], now: 1_000)
        core.add(2, now: 1_000)
        #expect(core.plan(now: 1_000).requests.map(\.numbers) == [[[0, 3]]])
    }

    @Test func `lost producer state begins a new epoch`() {
        var core = Core(.immediate())
        core.add(0)
        _ = core.succeed(core.plan(now: 0).requests[0])
        core.add(1)
        let request = core.plan(now: 0).requests[0]
        _ = core.fail(request, .unknownProducerId)
        core.setLeader(1, of: partition())
        #expect(core.plan(now: 10_000).requests.map(\.numbers) == [[[1, 0]]])
    }

    @Test func `used up epochs ask for a new producer id`() {
        var core = Core(.immediate())
        core.setIdentity(ProducerIdentity(id: 7, epoch: .max))
        core.add(0)
        let request = core.plan(now: 0).requests[0]
        _ = core.fail(request, .unknownProducerId)
        core.setLeader(1, of: partition())
        let plan = core.plan(now: 10_000)
        #expect(plan.requests.isEmpty)
        #expect(plan.needsIdentity)
        core.setIdentity(ProducerIdentity(id: 8, epoch: 0))
        let again = core.plan(now: 10_000).requests[0]
        #expect(again.batches[0].builder.producerID == 8)
        #expect(again.numbers == [[0, 0]])
    }

    @Test func `without idempotence there are no numbers`() {
        var configuration = ProducerConfiguration.immediate()
        configuration.isIdempotent = false
        var core = ProducerCore<Int>(configuration: configuration, backoff: backoff)
        core.setReady(1, true)
        core.add(0)
        #expect(core.plan(now: 0).requests.map(\.numbers) == [[[-1, -1]]])
    }
}
