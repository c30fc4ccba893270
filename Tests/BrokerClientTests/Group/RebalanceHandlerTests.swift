import BrokerModel
import BrokerPrimitives
import Synchronization
import Testing

@testable import BrokerClient

/// A handler that can be kept waiting.
private actor Gate {
    private(set) var entries: [Rebalance] = []
    private(set) var mostAtOnce = 0
    private var running = 0
    private var isOpen = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    func pass(_ change: Rebalance) async {
        entries.append(change)
        running += 1
        mostAtOnce = max(mostAtOnce, running)
        if case .revoked = change, !isOpen { await withCheckedContinuation { waiters.append($0) } }
        running -= 1
    }

    func open() {
        isOpen = true
        for waiter in waiters { waiter.resume() }
        waiters = []
    }
}

@Suite struct RebalanceHandlerTests {
    @Test func `closing waits for the handler that runs, and does not call it a second time for the same`() async throws
    {
        try await GroupBroker.with(partitions: 2) { bench in
            try await bench.create("u", partitions: 1)
            let gate = Gate()
            let consumer = bench.consumer()
            let all = [partition(0), partition(1)]
            try await consumer.subscribe(["t"]) { await gate.pass($0) }
            try await poll([consumer]) { _ in await consumer.assignment == all }
            try await consumer.subscribe(["u"]) { await gate.pass($0) }
            try await poll([consumer]) { _ in await gate.entries.contains(.revoked(all)) }
            let closing = Task { await consumer.close() }
            while await consumer.group?.lastHandOver == nil { await Task.yield() }
            for _ in 0..<100 { await Task.yield() }
            await gate.open()
            await closing.value
            #expect(await gate.mostAtOnce == 1)
            #expect(await gate.entries.filter { $0 == .revoked(all) }.count == 1)
        }
    }

    @Test func `a handler may close the consumer`() async throws {
        try await GroupBroker.with(partitions: 1) { bench in
            try await bench.create("u", partitions: 1)
            let consumer = bench.consumer()
            try await consumer.subscribe(["t"]) { [weak consumer] change in
                if case .revoked = change { await consumer?.close() }
            }
            try await poll([consumer]) { _ in await consumer.assignment == [partition()] }
            await consumer.unsubscribe()
            let error = await #expect(throws: ClientError.self) { try await consumer.poll(timeoutMilliseconds: 10) }
            #expect(error?.code == .closed)
        }
    }

    @Test func `what a handler assigns by hand is read`() async throws {
        try await GroupBroker.with(partitions: 1) { bench in
            try await bench.fill(0..<3, partitions: 1)
            let consumer = bench.consumer()
            try await consumer.subscribe(["t"]) { [weak consumer] change in
                if case .assigned = change { await consumer?.assign([partition()]) }
            }
            #expect(try await poll([consumer]) { $0.count >= 3 } == [0, 1, 2])
            await consumer.close()
        }
    }
}
