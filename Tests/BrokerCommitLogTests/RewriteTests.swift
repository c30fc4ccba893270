import BrokerCommitLog
import BrokerModel
import BrokerPluginAPI
import BrokerTestKit
import NIOCore
import Testing

struct RewriteTests {
    private func written(_ storage: CrashStorage) throws -> PartitionLog {
        let log = try open(storage)
        for index in 0..<12 {
            if index > 0 && index % 3 == 0 { try log.roll(now: 0) }
            try log.append(batch(2, value: 100, tag: UInt64(index)))
        }
        try log.flush(now: 0)
        return log
    }

    /// Keeps every second batch.
    private func half(_ batch: RecordBatch) -> ByteBuffer? { batch.header.baseOffset % 4 == 0 ? batch.buffer : nil }

    @Test func `rewriting keeps what it is told to, and readers go on`() throws {
        let storage = CrashStorage()
        let log = try written(storage)
        let early = try log.read(from: 2, maxBytes: 1000, upperBound: .max)
        let files = try log.rewriteSegments([0, 6], now: 0, keep: half)
        #expect(throws: StorageError.self) { try early.read() }
        #expect(try log.everything().map(\.header.baseOffset) == [0, 4, 8, 12, 14, 16, 18, 20, 22])
        #expect(try log.segments().map(\.baseOffset) == [0, 12, 18])
        #expect(try log.read(from: 5, maxBytes: 1, upperBound: .max).batches().first?.header.baseOffset == 4)
        #expect(try log.read(from: 10, maxBytes: 1, upperBound: .max).batches().first?.header.baseOffset == 12)
        #expect(!files.isEmpty)
        try log.unlink(files)
        try log.close(now: 0)
        let again = try open(storage, facts: LogRecoveryFacts(wasClean: true, recoveryPoint: 24))
        #expect(again.recovery.rows.isEmpty)
        #expect(try again.everything().count == 9)
    }

    @Test func `the active segment is never rewritten, and damage stops a rewriting`() throws {
        let storage = CrashStorage()
        let log = try written(storage)
        #expect(try log.rewriteSegments([12, 18], now: 0, keep: half).isEmpty)
        #expect(try log.rewriteSegments([0, 12], now: 0, keep: half).isEmpty)
        try storage.file("orders-0/00000000000000000000.log").write(ByteBuffer(string: "!"), at: 90)
        #expect(throws: LogError.self) { try log.rewriteSegments([0, 6], now: 0, keep: half) }
        #expect(try log.segments().map(\.baseOffset) == [0, 6, 12, 18])
    }

    @Test func `a crash at any call leaves the old segments or the new one`() throws {
        for call in 1...60 {
            for seed in 0..<4 {
                let storage = CrashStorage()
                let log = try written(storage)
                storage.inject(.stop(at: call))
                _ = try? log.rewriteSegments([0, 6], now: 0, keep: half)
                let crashed = storage.crash(seed: UInt64(seed * 100 + call))
                let again = try open(
                    crashed, smallSegments { $0.isCompacted = true },
                    facts: LogRecoveryFacts(wasClean: false, recoveryPoint: 24))
                let found = try again.everything().map(\.header.baseOffset)
                let tail: [Offset] = [12, 14, 16, 18, 20, 22]
                #expect(
                    found == [0, 2, 4, 6, 8, 10] + tail || found == [0, 4, 8] + tail,
                    "call \(call), seed \(seed): \(found)")
            }
        }
    }
}
