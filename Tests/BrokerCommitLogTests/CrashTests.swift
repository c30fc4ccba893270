import BrokerCommitLog
import BrokerModel
import BrokerPluginAPI
import BrokerTestKit
import NIOCore
import Testing

/// A life of a log directory with one partition, step by step; stops where the storage does.
private struct Life {
    let storage: CrashStorage
    let configuration = smallSegments { $0.segmentBytes = 700 }
    /// Every batch the log took, as it stands now.
    var batches: [ByteBuffer] = []
    var end: Offset = 0
    /// A flush said so, and a checkpoint holds it.
    var durable: Offset = 0
    /// The one that was under way when the storage stopped.
    var attempted: ByteBuffer?
    var truncation: Offset?

    init(_ storage: CrashStorage) { self.storage = storage }

    mutating func run() throws {
        let opened = try LogDirectory.open(storage)
        let log = try open(storage, configuration, facts: opened.facts(for: partition))
        batches = try log.everything().map(\.buffer)
        end = log.logEndOffset
        for round in 0..<3 {
            for index in 0..<3 { try append(to: log, tag: UInt64(round * 10 + index), epoch: Int32(round)) }
            try log.roll(now: 1)
            try append(to: log, tag: UInt64(round * 10 + 5), epoch: Int32(round))
            let point = try log.flush(now: 1)
            try opened.directory.write(.recoveryPoint, [partition: point])
            durable = point
            try append(to: log, tag: UInt64(round * 10 + 6), epoch: Int32(round))
            truncation = end - 3
            let cut = try log.truncate(to: end - 3, now: 1)
            durable = min(durable, cut)
            try opened.directory.write(.recoveryPoint, [partition: log.recoveryPoint])
            truncation = nil
            try settle(log)
        }
        try log.close(now: 2)
        try opened.directory.write(.recoveryPoint, [partition: log.recoveryPoint])
        durable = log.recoveryPoint
        try opened.directory.closeCleanly(brokerEpoch: 7)
    }

    private mutating func append(to log: PartitionLog, tag: UInt64, epoch: LeaderEpoch) throws {
        attempted = batch(2, value: 100, offset: end, epoch: epoch, tag: tag)
        var bytes = batch(2, value: 100, tag: tag)
        _ = try log.append(&bytes, leaderEpoch: epoch, origin: .client, now: 0)
        attempted = nil
        batches.append(bytes)
        end += 2
    }

    private mutating func settle(_ log: PartitionLog) throws {
        batches = try log.everything().map(\.buffer)
        end = log.logEndOffset
    }

    /// What is wrong with the log after a crash; nil if nothing.
    func problem(after crashed: CrashStorage) throws -> String? {
        let opened = try LogDirectory.open(crashed)
        let log = try open(crashed, configuration, facts: opened.facts(for: partition))
        let found = try log.everything().map(\.buffer)
        let least = min(durable, truncation ?? .max) - (truncation == nil ? 0 : 1)
        if log.logEndOffset < least { return "ends at \(log.logEndOffset), \(least) was durable" }
        if !log.recovery.damage.isEmpty { return "damage: \(log.recovery.damage)" }
        let allowed = batches + (attempted.map { [$0] } ?? [])
        if found != Array(allowed.prefix(found.count)) { return "\(found.count) batches are not what was appended" }
        for batch in try log.everything()
        where log.epoch(for: batch.header.baseOffset) != batch.header.partitionLeaderEpoch {
            return "epoch of \(batch.header.baseOffset): \(log.epoch(for: batch.header.baseOffset) ?? -1)"
        }
        // The log goes on from there.
        let result = try log.append(batch(1, tag: 99), epoch: 9)
        return result.baseOffset == found.count * 2 ? nil : "goes on at \(result.baseOffset)"
    }
}

struct CrashTests {
    private static let calls: Int = {
        var life = Life(CrashStorage())
        try? life.run()
        return life.storage.callCount
    }()

    @Test func `a crash at any call loses nothing durable and keeps a prefix of the rest`() throws {
        #expect(Self.calls > 60)
        for call in 1...Self.calls {
            for seed in 0..<UInt64(setting("BROKER_CRASH_SEEDS", 6)) {
                var life = Life(CrashStorage(fault: .stop(at: call)))
                #expect(throws: (any Error).self) { try life.run() }
                let crashed = life.storage.crash(seed: seed &* 1000 &+ UInt64(call))
                do {
                    let problem = try life.problem(after: crashed)
                    #expect(problem == nil, "call \(call), seed \(seed)")
                } catch { Issue.record("call \(call), seed \(seed): \(error)") }
            }
        }
    }

    @Test func `a crash at any call of a recovery leaves a log that the next recovery opens`() throws {
        for call in stride(from: 5, through: Self.calls, by: 7) {
            var life = Life(CrashStorage(fault: .stop(at: call)))
            #expect(throws: (any Error).self) { try life.run() }
            let seed = UInt64(call)
            for again in 1...40 {
                let first = life.storage.crash(seed: seed, fault: .stop(at: again))
                do {
                    let opened = try LogDirectory.open(first)
                    _ = try open(first, life.configuration, facts: opened.facts(for: partition))
                } catch {}
                let finished = !first.hasFailed
                do {
                    let problem = try life.problem(after: first.crash(seed: seed &+ UInt64(again)))
                    #expect(problem == nil, "call \(call), then \(again)")
                } catch { Issue.record("call \(call), then \(again): \(error)") }
                if finished { break }
            }
        }
    }

    @Test func `a device error at any call puts the log offline and loses nothing durable`() throws {
        for call in 1...Self.calls {
            var life = Life(CrashStorage(fault: .fail(at: call, .failed)))
            #expect(throws: (any Error).self) { try life.run() }
            let problem = try life.problem(after: life.storage.crash(seed: UInt64(call)))
            #expect(problem == nil, "call \(call)")
        }
    }

    @Test func `after a failed fsync every call fails, and fsync is not tried again`() throws {
        let storage = CrashStorage()
        let log = try open(storage)
        try log.append(batch())
        storage.inject(.fail(at: 1, .failed))
        #expect(throws: LogError.self) { try log.flush(now: 0) }
        #expect(storage.callCount == 1)
        #expect(throws: LogError.self) { try log.flush(now: 0) }
        #expect(throws: LogError.self) { try log.append(batch()) }
        #expect(throws: LogError.self) { try log.read(from: 0, maxBytes: 100, upperBound: .max) }
        #expect(storage.callCount == 1)
        guard case .offline = log.failure else {
            Issue.record("not offline: \(String(describing: log.failure))")
            return
        }
    }

    @Test func `an append without room changes nothing and succeeds when there is room`() throws {
        // Calls 1 and 2… are the first append's: its metadata file and its write; then one write each.
        for call in 1...20 {
            let storage = CrashStorage(fault: .fail(at: call, .noSpace))
            let log = try open(storage)
            for index in 0..<12 {
                let bytes = batch(2, value: 150, tag: UInt64(index))
                do { try log.append(bytes) } catch {
                    guard case .noSpace = error else {
                        Issue.record("\(error)")
                        return
                    }
                    #expect(log.logEndOffset == Offset(index * 2))
                    #expect(try log.everything().count == index)
                    try log.append(bytes)
                }
            }
            #expect(log.logEndOffset == 24)
            let found = try log.everything().map(\.header.baseOffset)
            #expect(found == (0..<12).map { Offset($0 * 2) })
            // The torn bytes are gone after a restart, too.
            let again = try open(storage.reopened(), facts: LogRecoveryFacts(wasClean: false))
            #expect(again.logEndOffset == 24)
        }
    }
}
