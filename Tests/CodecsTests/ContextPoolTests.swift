import BrokerPluginAPI
import CodecSupport
import Synchronization
import Testing

private final class Context: CodecContext {
    let number: Int
    let isWorthKeeping: Bool

    init(number: Int, isWorthKeeping: Bool) {
        self.number = number
        self.isWorthKeeping = isWorthKeeping
    }
}

@Suite struct `A pool of contexts` {
    private final class Counter: Sendable {
        let made = Atomic(0)
        func next() -> Int { made.add(1, ordering: .relaxed).newValue }
    }

    private func pool(_ counter: Counter, capacity: Int = 2, keeps: Bool = true) -> ContextPool<Context> {
        ContextPool(capacity: capacity) { () throws(CodecError) in
            Context(number: counter.next(), isWorthKeeping: keeps)
        }
    }

    @Test func `lends a context again once it is back, also after an error`() throws {
        let counter = Counter()
        let pool = pool(counter)
        for _ in 0..<3 { #expect(try pool.withContext { context throws(CodecError) in context.number } == 1) }
        #expect(throws: CodecError.failed("x")) { try pool.withContext { _ throws(CodecError) in throw .failed("x") } }
        #expect(try pool.withContext { context throws(CodecError) in context.number } == 1)
    }

    @Test func `never lends one to two, and keeps no more than it may`() throws {
        let counter = Counter()
        let pool = pool(counter)
        try pool.withContext { first throws(CodecError) in
            try pool.withContext { second throws(CodecError) in
                try pool.withContext { third throws(CodecError) in
                    #expect(Set([first.number, second.number, third.number]).count == 3)
                    #expect(pool.idleCount == 0)
                }
            }
        }
        #expect(pool.idleCount == 2)
    }

    @Test func `drops what is not worth keeping`() throws {
        let counter = Counter()
        let pool = pool(counter, keeps: false)
        for number in 1...3 { #expect(try pool.withContext { context throws(CodecError) in context.number } == number) }
        #expect(pool.idleCount == 0)
    }
}
