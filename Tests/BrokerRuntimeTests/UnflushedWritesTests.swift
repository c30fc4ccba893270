import BrokerCoordinators
import BrokerPrimitives
import BrokerRuntime
import Testing

struct UnflushedWritesTests {
    private var writes = UnflushedWrites()

    private mutating func append(_ number: UInt64, end: Int64, mustFlush: Bool = true) -> Bool {
        writes.append(WriteToken(number), end: end, mustFlush: mustFlush)
    }

    private mutating func flushed(_ end: Int64, succeeded: Bool = true) -> [UInt64] {
        writes.flushed(upTo: end, succeeded: succeeded).map(\.token.value)
    }

    @Test mutating func `a write that needs no flush counts at once`() {
        #expect(append(1, end: 10, mustFlush: false))
        #expect(writes.isEmpty)
    }

    @Test mutating func `writes count in the order of the log, in whichever order flushes come back`() {
        for number in 1...4 { #expect(!append(UInt64(number), end: Int64(number * 10))) }
        #expect(flushed(20) == [1, 2])
        #expect(flushed(10) == [], "It has counted already.")
        #expect(flushed(40) == [3, 4])
        #expect(flushed(30) == [])
        #expect(writes.isEmpty)
    }

    @Test mutating func `what needs no flush waits for what lies before it, and no longer`() {
        #expect(!append(1, end: 10))
        #expect(!append(2, end: 20, mustFlush: false))
        #expect(!append(3, end: 30))
        #expect(!append(4, end: 40, mustFlush: false))
        #expect(flushed(10) == [1, 2])
        #expect(flushed(30) == [3, 4])
        #expect(append(5, end: 50, mustFlush: false))
    }

    @Test mutating func `what cannot be flushed fails, and what was never to be flushed does not`() {
        #expect(!append(1, end: 10))
        #expect(!append(2, end: 20, mustFlush: false))
        let decided = writes.flushed(upTo: 10, succeeded: false)
        #expect(decided.map(\.failure) == [.kafkaStorageError, nil])
    }

    @Test mutating func `nobody is told of writes that were given up`() {
        #expect(!append(1, end: 10))
        writes.removeAll()
        #expect(flushed(10) == [])
    }
}
