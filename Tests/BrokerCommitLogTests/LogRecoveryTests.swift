import BrokerCommitLog
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerTestKit
import NIOCore
import Testing

/// One test for each row of `LogRecoveryRow`, named by its letter.
struct LogRecoveryTests {
    let storage = CrashStorage()
    let directory = "orders-0"

    /// Nine batches of two records in three segments at 0, 6 and 12, flushed up to `flushed`.
    private func written(closed: Bool = true) throws -> PartitionLog {
        let log = try open(storage)
        for index in 0..<9 {
            if index > 0 && index % 3 == 0 { try log.roll(now: 0) }
            try log.append(batch(2, value: 100, tag: UInt64(index)), epoch: Int32(index / 4))
        }
        if closed { try log.close(now: 0) } else { try log.flush(now: 0) }
        return log
    }

    private func reopen(clean: Bool, recoveryPoint: Offset = 18, start: Offset = 0) throws -> PartitionLog {
        try open(
            storage.reopened(),
            facts: LogRecoveryFacts(wasClean: clean, recoveryPoint: recoveryPoint, logStartOffset: start))
    }

    private func path(_ base: Offset, _ kind: LogFileName.Kind, _ ending: String = "") -> String {
        directory + "/" + LogFileName.segment(base, kind) + ending
    }

    private func put(_ path: String, _ bytes: ByteBuffer = ByteBuffer(string: "x")) throws {
        try storage.file(path).write(bytes, at: 0)
    }

    private func damage(_ base: Offset, at position: Int64) throws {
        try storage.file(path(base, .log)).write(ByteBuffer(repeating: 0xAB, count: 4), at: position)
    }

    private func offsets(_ log: PartitionLog) throws -> [Offset] { try log.everything().map(\.header.baseOffset) }

    @Test func `A: nothing stored, so the log is empty at its checkpointed start`() throws {
        let log = try reopen(clean: false, recoveryPoint: 0, start: 42)
        #expect(log.recovery.rows == [.nothingStored])
        #expect(log.logStartOffset == 42)
        #expect(log.logEndOffset == 42)
    }

    @Test func `B: leftovers are removed`() throws {
        _ = try written()
        let names = [path(3, .log, ".deleted"), path(4, .log, ".cleaned"), directory + "/leader-epoch-checkpoint.tmp"]
        for name in names { try put(name) }
        let crashed = storage.reopened()
        let log = try open(crashed, facts: LogRecoveryFacts(wasClean: true, recoveryPoint: 18))
        #expect(log.recovery.rows == [.leftovers])
        #expect(try offsets(log).count == 9)
        let left = try crashed.list(directory).map { directory + "/" + $0.name }
        #expect(names.allSatisfy { !left.contains($0) })
    }

    @Test func `C: a swap file at or above a cleaned one is an unfinished replacement`() throws {
        _ = try written()
        try put(path(6, .log, ".swap"))
        try put(path(6, .log, ".cleaned"))
        let log = try reopen(clean: false)
        #expect(log.recovery.rows.isSuperset(of: [.leftovers, .unfinishedSwap]))
        #expect(!log.recovery.rows.contains(.finishedSwap))
        #expect(try offsets(log).count == 9)
    }

    @Test func `D: a finished swap takes the place of the segments it covers`() throws {
        _ = try written()
        // Cleaning left one batch of each of the first two segments.
        var cleaned = batch(2, value: 100, offset: 2, epoch: 0, tag: 77)
        cleaned.writeImmutableBuffer(batch(2, value: 100, offset: 10, epoch: 1, tag: 78))
        try put(path(0, .log, ".swap"), cleaned)
        let log = try reopen(clean: true)
        #expect(log.recovery.rows.contains(.finishedSwap))
        #expect(try offsets(log) == [2, 10, 12, 14, 16])
        #expect(try log.segments().map(\.baseOffset) == [0, 12])
    }

    @Test func `E: an index without its log is removed`() throws {
        _ = try written()
        try put(path(3, .offsetIndex))
        let log = try reopen(clean: true)
        #expect(log.recovery.rows == [.orphanIndex])
        #expect(try offsets(log).count == 9)
    }

    @Test(arguments: [Offset(0), 6, 12]) func `F: an index that cannot be right is rebuilt`(base: Offset) throws {
        _ = try written()
        try put(path(base, .offsetIndex), ByteBuffer(repeating: 0x7F, count: 16))
        try storage.remove(path(base, .timeIndex))
        let again = try reopen(clean: true)
        #expect(again.recovery.rows.contains(.wrongIndex) == (base == 12))
        for offset in 0..<Offset(18) {
            let slice = try again.read(from: offset, maxBytes: 1, upperBound: .max)
            #expect(try slice.batches().first?.header.baseOffset == offset & ~1)
        }
        #expect(try again.offset(atOrAfter: 1001) { _ in nil }?.offset == 1)
    }

    @Test func `G: after an unclean stop, segments above the recovery point are read`() throws {
        _ = try written(closed: false)
        let log = try reopen(clean: false, recoveryPoint: 6)
        #expect(log.recovery.rows == [.uncleanSegment])
        let sizes = try log.segments().map(\.size)
        #expect(log.recovery.bytesRead == sizes[1] + sizes[2])
        #expect(log.recoveryPoint == 6)
        #expect(log.latestEpoch == 2)
        #expect(log.epoch(for: 9) == 1)
    }

    @Test func `H: a broken batch above the recovery point ends the log there`() throws {
        let log = try written(closed: false)
        let size = try log.segments()[1].size / 3
        try damage(6, at: size + 70)
        let again = try reopen(clean: false, recoveryPoint: 6)
        #expect(again.recovery.rows.contains(.brokenTail))
        #expect(try offsets(again) == [0, 2, 4, 6])
        #expect(again.logEndOffset == 8)
        #expect(again.recovery.damage.isEmpty)
        #expect(again.endOffset(for: 0).endOffset == 8)
    }

    @Test func `I: a broken batch below the recovery point is kept, reported, and served as an error`() throws {
        let log = try written(closed: false)
        let size = try log.segments()[2].size / 3
        try damage(12, at: size + 70)
        let again = try reopen(clean: false, recoveryPoint: 18)
        #expect(again.recovery.rows.contains(.damage))
        #expect(again.recovery.damage.map(\.offsets) == [14..<16])
        #expect(again.logEndOffset == 18)
        #expect(try again.read(from: 12, maxBytes: 1 << 20, upperBound: .max).batches().count == 1)
        #expect(try again.read(from: 16, maxBytes: 1 << 20, upperBound: .max).batches().count == 1)
        do {
            _ = try again.read(from: 15, maxBytes: 1, upperBound: .max)
            Issue.record("damage was served")
        } catch { #expect(error.code == .kafkaStorageError) }
        #expect(try again.append(batch()).baseOffset == 18)
    }

    @Test func `I: damage in a sealed segment is an error of the reads that touch it, not the log's end`() throws {
        let log = try written(closed: false)
        let size = try log.segments()[1].size / 3
        // The length field: the walk cannot go on.
        try storage.file(path(6, .log)).write(ByteBuffer(integer: Int32(-5)), at: size + 8)
        let again = try reopen(clean: false, recoveryPoint: 18)
        #expect(again.logEndOffset == 18)
        #expect(throws: LogError.self) { try again.read(from: 9, maxBytes: 1 << 20, upperBound: .max) }
        #expect(try again.read(from: 12, maxBytes: 1, upperBound: .max).batches().count == 1)
    }

    @Test func `J: damage up to the end is sealed in, and the log goes on at the recovery point`() throws {
        let log = try written(closed: false)
        let size = try log.segments()[2].size / 3
        try damage(12, at: size + 70)
        try damage(12, at: 2 * size + 70)
        let again = try reopen(clean: false, recoveryPoint: 18)
        #expect(again.recovery.rows.contains(.damageToTheEnd))
        #expect(again.recovery.damage.map(\.offsets) == [14..<18])
        #expect(try again.append(batch()).baseOffset == 18)
        #expect(throws: LogError.self) { try again.read(from: 14, maxBytes: 1, upperBound: .max) }
        #expect(try again.read(from: 18, maxBytes: 1, upperBound: .max).batches().count == 1)
    }

    @Test func `K: a log that ends below its start is emptied`() throws {
        _ = try written()
        let log = try reopen(clean: false, recoveryPoint: 0, start: 30)
        #expect(log.recovery.rows.contains(.endsBelowStart))
        #expect(log.logStartOffset == 30)
        #expect(try log.append(batch()).baseOffset == 30)
    }

    @Test(arguments: [true, false]) func `L: lost epochs are rebuilt from the batches`(missing: Bool) throws {
        _ = try written()
        let path = directory + "/leader-epoch-checkpoint"
        if missing { try storage.remove(path) } else { try put(path, ByteBuffer(string: "7\n")) }
        let log = try reopen(clean: true)
        #expect(log.recovery.rows == [.lostEpochs])
        #expect((0..<18).map { log.epoch(for: $0) } == (0..<18).map { Int32($0 / 8) })
    }

    @Test func `M: a damaged producer snapshot is removed and an older one used`() throws {
        let log = try open(storage)
        for sequence in 0..<6 {
            if sequence == 3 { try log.roll(now: 0) }
            try log.append(batch(1, producer: 5, producerEpoch: 0, sequence: Int32(sequence)))
        }
        try log.close(now: 0)
        try put(path(6, .snapshot))
        let crashed = storage.reopened()
        let again = try open(crashed, facts: LogRecoveryFacts(wasClean: true, recoveryPoint: 6))
        #expect(again.recovery.rows == [.badSnapshot])
        #expect(again.activeProducers.map(\.lastSequence) == [5])
        #expect(try crashed.file(path(6, .snapshot)).size() == 0)
    }

    @Test func `N: without any snapshot a clean log knows no producer and reads nothing`() throws {
        let log = try open(storage)
        try log.append(batch(1, producer: 5, producerEpoch: 0, sequence: 0))
        try log.close(now: 0)
        try storage.remove(path(1, .snapshot))
        let again = try reopen(clean: true, recoveryPoint: 1)
        #expect(again.recovery.rows == [.noSnapshot])
        #expect(again.activeProducers.isEmpty)
    }

    @Test(arguments: [Int8(0), 1]) func `O: records of an old format keep the log from opening`(magic: Int8) throws {
        var bytes = ByteBuffer()
        bytes.writeMultipleIntegers(Int64(0), Int32(30), UInt32(0xDEAD), magic)
        bytes.writeRepeatingByte(0, count: 30 - 5)
        try put(path(0, .log), bytes)
        #expect(throws: LogError.unsupportedFormat(magic)) { try reopen(clean: false, recoveryPoint: 0) }
        #expect(try storage.file(path(0, .log)).size() == 42)
    }

    @Test func `P: metadata that cannot be read leaves the topic id to the caller`() throws {
        _ = try written()
        try put(directory + "/partition.metadata")
        let log = try reopen(clean: true)
        #expect(log.recovery.rows == [.badMetadata])
        #expect(log.recovery.storedTopicIDIsMissing)
    }

    @Test func `Q: a segment that lost its end takes the later ones with it`() throws {
        let log = try written(closed: false)
        let size = try log.segments()[1].size / 3
        try storage.file(path(6, .log)).truncate(to: size * 2)
        let again = try reopen(clean: false, recoveryPoint: 6)
        #expect(again.recovery.rows.contains(.lostEnd))
        #expect(again.logEndOffset == 10)
        #expect(try offsets(again) == [0, 2, 4, 6, 8])
    }

    @Test func `every row of the table has a letter of its own`() {
        #expect(Set(LogRecoveryRow.allCases.map(\.rawValue)) == Set("ABCDEFGHIJKLMNOPQ"))
    }
}
