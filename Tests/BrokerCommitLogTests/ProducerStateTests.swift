import BrokerCommitLog
import BrokerModel
import BrokerTestKit
import MemoryStorage
import NIOCore
import Testing

struct ProducerStateTests {
    private func idempotent(
        _ sequence: Int32, count: Int = 1, epoch: ProducerEpoch = 0, producer: ProducerID = 7,
        transactional: Bool = false
    ) -> ByteBuffer {
        batch(
            count, producer: producer, producerEpoch: epoch, sequence: sequence,
            attributes: transactional ? .transactional : [], tag: UInt64(truncatingIfNeeded: sequence))
    }

    @Test func `a repeat of one of the last five batches gets its first offsets, an older one is refused`() throws {
        let log = try open(MemoryStorageBackend())
        for sequence in 0..<7 { try log.append(idempotent(Int32(sequence))) }
        for sequence in 2..<7 {
            let result = try log.append(idempotent(Int32(sequence)))
            #expect(result.isDuplicate)
            #expect(result.baseOffset == Offset(sequence))
            #expect(result.logAppendTime == 1000)
        }
        #expect(log.logEndOffset == 7)
        #expect(throws: LogError.outOfOrderSequence(7, expected: 7, got: 1)) { try log.append(idempotent(1)) }
    }

    @Test func `a gap in the sequence is refused and changes nothing`() throws {
        let log = try open(MemoryStorageBackend())
        try log.append(idempotent(0, count: 3))
        #expect(throws: LogError.outOfOrderSequence(7, expected: 3, got: 4)) { try log.append(idempotent(4)) }
        #expect(try log.append(idempotent(3)).baseOffset == 3)
    }

    @Test func `an unknown producer may begin anywhere, a new epoch only at 0`() throws {
        let log = try open(MemoryStorageBackend())
        try log.append(idempotent(41))
        #expect(throws: LogError.outOfOrderSequence(7, expected: 0, got: 42)) {
            try log.append(idempotent(42, epoch: 1))
        }
        try log.append(idempotent(0, epoch: 1))
        #expect(throws: LogError.invalidProducerEpoch(7, current: 1, got: 0)) { try log.append(idempotent(42)) }
    }

    @Test func `after 2147483647 the sequence goes on with 0, also within a batch`() throws {
        let log = try open(MemoryStorageBackend())
        try log.append(idempotent(.max))
        try log.append(idempotent(0))
        let other = try open(MemoryStorageBackend())
        try other.append(idempotent(.max - 1, count: 4))
        #expect(other.activeProducers.first?.lastSequence == 1)
        #expect(try other.append(idempotent(.max - 1, count: 4)).isDuplicate)
        try other.append(idempotent(2))
    }

    @Test func `an open transaction holds the last stable offset until its marker is below the high watermark`() throws
    {
        let log = try open(MemoryStorageBackend())
        try log.append(batch())
        try log.append(idempotent(0, transactional: true))
        #expect(log.hasOpenTransaction(7, epoch: 0))
        try log.append(batch())
        #expect(log.lastStableOffset(highWatermark: 3) == 1)
        #expect(log.lastStableOffset(highWatermark: 1) == 1)
        #expect(throws: LogError.invalidTransactionState(7)) { try log.append(idempotent(1)) }
        try log.append(marker(7, commits: false), origin: .coordinator)
        #expect(log.lastStableOffset(highWatermark: 3) == 1)
        #expect(log.lastStableOffset(highWatermark: 4) == 4)
        let aborted = AbortedTransaction(producerID: 7, firstOffset: 1, lastOffset: 3, lastStableOffset: 4)
        #expect(try log.abortedTransactions(in: 0..<4) == [aborted])
        #expect(try log.abortedTransactions(in: 0..<1) == [])
        #expect(try log.abortedTransactions(in: 3..<4) == [aborted])
        #expect(try log.abortedTransactions(in: 4..<9) == [])
    }

    @Test func `a commit leaves no aborted transaction, and a marker without transaction neither`() throws {
        let log = try open(MemoryStorageBackend())
        try log.append(idempotent(0, transactional: true))
        try log.append(marker(7, commits: true), origin: .coordinator)
        try log.append(marker(7, commits: false), origin: .coordinator)
        #expect(try log.abortedTransactions(in: 0..<9).isEmpty)
        #expect(log.lastStableOffset(highWatermark: 3) == 3)
    }

    @Test func `a marker of an older coordinator or an older producer epoch is refused`() throws {
        let log = try open(MemoryStorageBackend())
        try log.append(marker(7, epoch: 2, commits: true, coordinator: 5), origin: .coordinator)
        #expect(throws: LogError.coordinatorFenced(7, current: 5, got: 4)) {
            try log.append(marker(7, epoch: 2, commits: true, coordinator: 4), origin: .coordinator)
        }
        #expect(throws: LogError.invalidProducerEpoch(7, current: 2, got: 1)) {
            try log.append(marker(7, epoch: 1, commits: true, coordinator: 5), origin: .coordinator)
        }
    }

    @Test func `a transaction begins only with a guard when verification is on, and an abort makes it void`() throws {
        let log = try open(MemoryStorageBackend(), smallSegments { $0.verifiesTransactions = true })
        #expect(throws: LogError.invalidTransactionState(7)) { try log.append(idempotent(0, transactional: true)) }
        let early = log.startVerification(7, epoch: 0, sequence: 0, now: 0)
        try log.append(marker(7, commits: false), origin: .coordinator)
        #expect(throws: LogError.invalidTransactionState(7)) {
            try log.append(idempotent(0, transactional: true), origin: .client(early))
        }
        let fresh = log.startVerification(7, epoch: 0, sequence: 0, now: 0)
        try log.append(idempotent(0, transactional: true), origin: .client(fresh))
        #expect(log.startVerification(7, epoch: 0, sequence: 1, now: 0) == nil)
        try log.append(idempotent(1, transactional: true))
    }

    @Test(arguments: [true, false])
    func `producers, open and aborted transactions survive a restart`(clean: Bool) throws {
        let storage = CrashStorage()
        let log = try open(storage)
        for index in 0..<20 {
            let producer = ProducerID(index % 3)
            try log.append(
                idempotent(Int32(index / 3), producer: producer, transactional: true))
            if index % 5 == 4 {
                try log.append(marker(producer, commits: index % 2 == 0), origin: .coordinator)
            }
            try log.append(batch(2, value: 100))
        }
        let aborted = try log.abortedTransactions(in: 0..<log.logEndOffset)
        #expect(aborted.count == 2)
        let stable = log.lastStableOffset(highWatermark: log.logEndOffset)
        let producers = log.activeProducers
        if clean { try log.close(now: 5) }
        let again = try open(
            storage.reopened(), facts: LogRecoveryFacts(wasClean: clean, recoveryPoint: clean ? log.logEndOffset : 0))
        #expect(try again.abortedTransactions(in: 0..<again.logEndOffset) == aborted)
        #expect(again.lastStableOffset(highWatermark: again.logEndOffset) == stable)
        #expect(again.activeProducers.map(\.lastSequence) == producers.map(\.lastSequence))
        #expect(again.activeProducers.map(\.transactionStart) == producers.map(\.transactionStart))
        // A retry of the last batch is still known.
        #expect(try again.append(idempotent(6, producer: 1, transactional: true)).isDuplicate)
    }

    @Test func `idle producers are forgotten, those with an open transaction are not`() throws {
        let log = try open(MemoryStorageBackend(), smallSegments { $0.producerExpirationMilliseconds = 100 })
        try log.append(idempotent(0, producer: 1))
        try log.append(idempotent(0, producer: 2, transactional: true))
        log.removeExpiredProducers(now: 1099)
        #expect(log.activeProducers.count == 2)
        log.removeExpiredProducers(now: 1100)
        #expect(log.activeProducers.map(\.producerID) == [2])
    }

    @Test func `truncation takes producers back to what the log still says`() throws {
        let log = try open(CrashStorage())
        for sequence in 0..<30 { try log.append(idempotent(Int32(sequence), transactional: true)) }
        try log.append(marker(7, commits: false), origin: .coordinator)
        try log.truncate(to: 20, now: 0)
        #expect(log.activeProducers.first?.lastSequence == 19)
        #expect(log.lastStableOffset(highWatermark: 20) == 0)
        #expect(try log.abortedTransactions(in: 0..<20).isEmpty)
        try log.append(idempotent(20, transactional: true))
    }
}
