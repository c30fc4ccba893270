import BrokerModel
import BrokerPrimitives
import Testing

@testable import BrokerClient

@Suite struct ProducerBatchingTests {
    @Test func `an unfilled batch waits for the linger time and no longer`() {
        var configuration = ProducerConfiguration()
        configuration.lingerMilliseconds = 5
        var core = Core(configuration)
        core.add(1, now: 100)
        let early = core.plan(now: 104)
        #expect(early.requests.isEmpty)
        #expect(early.wakeAt == 105)
        core.add(2, now: 104)
        #expect(core.plan(now: 105).requests.map(\.waiters) == [[[1, 2]]])
    }

    @Test func `a full batch does not wait`() {
        var configuration = ProducerConfiguration.immediate(recordsPerBatch: 2)
        configuration.lingerMilliseconds = 1_000
        var core = Core(configuration)
        core.establish()
        for number in 1...5 { core.add(number) }
        let plan = core.plan(now: 0)
        #expect(plan.requests.map(\.waiters) == [[[1, 2]], [[3, 4]]])
        #expect(plan.wakeAt == 1_000)
    }

    @Test func `a flush sends what is there, not what comes after`() {
        var configuration = ProducerConfiguration()
        configuration.lingerMilliseconds = 1_000
        var core = Core(configuration)
        core.add(1)
        let mark = core.flush()
        #expect(!core.isFlushed(mark))
        let request = core.plan(now: 0).requests[0]
        core.add(2)
        #expect(core.plan(now: 0).requests.isEmpty)
        #expect(!core.isFlushed(mark))
        _ = core.succeed(request)
        #expect(core.isFlushed(mark))
        #expect(!core.isIdle)
    }

    @Test func `a request holds one batch of each of its broker's partitions`() {
        var core = Core(.immediate())
        core.setReady(2, true)
        core.establish(partition(0))
        core.add(1, to: partition(0), leader: 1)
        core.add(2, to: partition(1), leader: 1)
        core.add(3, to: partition(2), leader: 2)
        core.add(4, to: partition(0), leader: 1)
        let requests = core.plan(now: 0).requests
        #expect(requests.map(\.node) == [1, 2, 1])
        #expect(requests.map(\.waiters) == [[[1], [2]], [[3]], [[4]]])
    }

    @Test func `a request does not grow beyond its limit`() {
        var configuration = ProducerConfiguration.immediate()
        configuration.maximumRequestByteCount = 200
        var core = Core(configuration)
        for index in 0..<6 { core.add(index, to: partition(PartitionIndex(index))) }
        let requests = core.plan(now: 0).requests
        #expect(requests.count > 1)
        for request in requests { #expect(request.batches.reduce(0) { $0 + $1.builder.byteCount } <= 200) }
        #expect(requests.flatMap(\.waiters).flatMap { $0 }.sorted() == Array(0..<6))
    }

    @Test func `no more than five requests to a broker are in flight`() {
        var core = Core(.immediate())
        core.establish()
        for number in 0..<10 { core.add(number) }
        var configuration = ProducerConfiguration.immediate()
        configuration.maximumRequestByteCount = 80
        var narrow = Core(configuration)
        for number in 0..<10 { narrow.add(number, to: partition(PartitionIndex(number))) }
        #expect(core.plan(now: 0).requests.count == 5)
        let first = narrow.plan(now: 0).requests
        #expect(first.count == 5)
        #expect(narrow.plan(now: 0).requests.isEmpty)
        _ = narrow.succeed(first[0])
        #expect(narrow.plan(now: 0).requests.count == 1)
    }

    @Test func `what is missing is asked for`() {
        var core = ProducerCore<Int>(configuration: .immediate(), backoff: backoff)
        core.add(1, leader: nil)
        #expect(core.plan(now: 0).topicsWithoutLeader == ["t"])
        core.setLeader(1, of: partition())
        #expect(core.plan(now: 0).nodesToConnect == [1])
        core.setReady(1, true)
        #expect(core.plan(now: 0).needsIdentity)
        core.setIdentity(ProducerIdentity(id: 3, epoch: 4))
        let request = core.plan(now: 0).requests[0]
        #expect(request.batches[0].builder.producerID == 3)
        #expect(request.numbers == [[4, 0]])
    }

    @Test func `memory is bounded, and comes back with the answer`() {
        var configuration = ProducerConfiguration.immediate()
        configuration.bufferByteCount = 100
        var core = Core(configuration)
        core.add(1)
        core.add(2)
        let isRefused = !core.reserve(40)
        #expect(isRefused)
        let requests = core.plan(now: 0).requests
        _ = core.succeed(requests[0])
        let isTaken = core.reserve(40)
        #expect(isTaken)
        #expect(core.reservedByteCount == 80)
    }

    @Test func `a record larger than all memory is let in alone`() {
        var configuration = ProducerConfiguration.immediate()
        configuration.bufferByteCount = 100
        var core = Core(configuration)
        let isTaken = core.reserve(1_000)
        let isRefused = !core.reserve(1)
        #expect(isTaken)
        #expect(isRefused)
    }

    @Test func `offsets count from the batch's`() throws {
        var core = Core(.immediate(recordsPerBatch: 3))
        for number in 1...3 { core.add(number, now: Int64(number)) }
        let request = core.plan(now: 5).requests[0]
        let delivery = core.succeed(request, at: 41)[0]
        let places = try (0..<3).map { try delivery.metadata(at: $0).get() }
        #expect(places.map(\.offset) == [41, 42, 43])
        #expect(places.map(\.timestamp) == [1, 2, 3])
    }

    @Test func `undelivered records are given up after the delivery timeout`() {
        var configuration = ProducerConfiguration.immediate()
        configuration.deliveryTimeoutMilliseconds = 1_000
        var core = Core(configuration, connected: false)
        core.add(1)
        #expect(core.plan(now: 999).wakeAt == 1_000)
        let plan = core.plan(now: 1_000)
        #expect(plan.deliveries.map { $0.batch.records.map(\.waiter) } == [[1]])
        #expect(core.isIdle)
        #expect(core.reservedByteCount == 0)
    }
}
