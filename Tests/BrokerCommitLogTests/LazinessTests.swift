import BrokerCommitLog
import BrokerModel
import BrokerPluginAPI
import BrokerTestKit
import Testing

struct LazinessTests {
    @Test func `a partition without records creates nothing`() throws {
        let storage = CrashStorage()
        let log = try open(storage, facts: .nothing)
        log.assignEpoch(3)
        #expect(try log.read(from: 0, maxBytes: 100, upperBound: .max).isEmpty)
        #expect(log.endOffset(for: 3).endOffset == 0)
        try log.roll(now: 1)
        try log.flush(now: 1)
        #expect(try log.offset(atOrAfter: 0) { _ in nil } == nil)
        try log.close(now: 2)
        #expect(storage.callCount == 0)
        #expect(try storage.list("").isEmpty)
    }

    @Test func `opening partitions known to be empty does no input or output`() throws {
        let storage = CrashStorage(fault: .stop(at: 1))
        for _ in 0..<1000 { _ = try open(storage, facts: .nothing) }
        #expect(storage.callCount == 0)
    }

    @Test func `the first record makes directory, metadata and segment, and nothing else`() throws {
        let storage = CrashStorage()
        let log = try open(storage, facts: .nothing)
        try log.append(batch())
        let names = try storage.list("orders-0").map(\.name)
        #expect(names == ["00000000000000000000.log", "partition.metadata"])
    }

    @Test func `reading the end of the log takes no look-up in the file`() throws {
        let storage = CrashStorage()
        let log = try open(storage)
        for index in 0..<100 { try log.append(batch(tag: UInt64(index))) }
        let slice = try log.read(from: 99, maxBytes: 1 << 20, upperBound: .max)
        #expect(try slice.batches().map(\.header.baseOffset) == [99])
    }
}
