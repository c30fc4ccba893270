import BrokerCommitLog
import BrokerModel
import BrokerPluginAPI
import BrokerTestKit
import FileStorage
import MemoryStorage
import NIOCore
import Testing

/// The dumbest log there is: all batches in an array.
private struct Oracle {
    var batches: [RecordBatch] = []
    var start: Offset = 0
    var end: Offset = 0
    var epochs = LeaderEpochs()
    /// The end at the last flush: nothing below may be lost by a crash.
    var flushed: Offset = 0

    func expected(from offset: Offset) -> [RecordBatch] { batches.filter { $0.header.lastOffset >= offset } }

    mutating func truncate(to offset: Offset) {
        batches.removeAll { $0.header.nextOffset > offset }
        end = min(end, batches.last?.header.nextOffset ?? min(offset, end))
        flushed = min(flushed, end)
        epochs.truncate(toEnd: end)
    }
}

struct LogModelTests {
    enum Backend: CaseIterable {
        case file
        case memory
        case crash
    }

    @Test(arguments: Backend.allCases)
    func `any series of operations leaves what the oracle says`(backend: Backend) throws {
        let seeds = setting("BROKER_LOG_SEEDS", backend == .file ? 12 : 40)
        for seed in 0..<seeds {
            let directory = TemporaryDirectory()
            let storage: any StorageBackend =
                switch backend {
                case .file: FileStorageBackend(root: directory.path, maximumOpenFiles: 2)
                case .memory: MemoryStorageBackend()
                case .crash: CrashStorage()
                }
            var run = try Run(seed: UInt64(seed), storage: storage)
            try run.go(steps: setting("BROKER_LOG_STEPS", 120))
        }
    }

    private struct Run {
        let seed: UInt64
        var generator: SplitMix
        var storage: any StorageBackend
        var oracle = Oracle()
        var log: PartitionLog
        var epoch: LeaderEpoch = 0
        var now: Timestamp = 1000
        let configuration: LogConfiguration

        init(seed: UInt64, storage: any StorageBackend) throws {
            self.seed = seed
            generator = SplitMix(seed: seed)
            self.storage = storage
            var random = SplitMix(seed: seed &+ 1)
            configuration = smallSegments { configuration in
                configuration.segmentBytes = random.number(500...4000)
                configuration.indexIntervalBytes = random.number(1...600)
            }
            log = try open(storage, configuration)
        }

        mutating func go(steps: Int) throws {
            for step in 0..<steps {
                now += Int64(generator.number(0...50))
                let operation = generator.number(0...99)
                do { try perform(operation) } catch {
                    Issue.record("seed \(seed), step \(step), operation \(operation): \(error)")
                    return
                }
                do {
                    if let problem = try check() {
                        Issue.record("seed \(seed), step \(step), operation \(operation): \(problem)")
                        return
                    }
                } catch {
                    Issue.record("seed \(seed), step \(step), operation \(operation), checking: \(error)")
                    return
                }
            }
        }

        mutating func perform(_ operation: Int) throws {
            switch operation {
            case ..<50: try append()
            case ..<58: try appendReplicated()
            case ..<66: try truncate()
            case ..<72: try advance()
            case ..<79:
                let point = try log.flush(now: now)
                #expect(point == log.logEndOffset)
                oracle.flushed = oracle.end
            case ..<83: try log.roll(now: now)
            case ..<85: try restart()
            case ..<88:
                try log.flush(now: now)
                oracle.flushed = oracle.end
                log.dropIndexes()
            case ..<91: try reopen(clean: true, removingIndex: generator.number(0...2) == 0)
            case ..<94: try reopen(clean: false, removingIndex: generator.number(0...2) == 0)
            case ..<97: try crash()
            default: epoch += 1
            }
        }

        mutating func append() throws {
            var bytes = ByteBuffer()
            for _ in 0..<(generator.number(0...5) == 0 ? 3 : 1) {
                bytes.writeImmutableBuffer(randomBatch())
            }
            if bytes.readableBytes > configuration.segmentBytes { return }
            let result = try log.append(&bytes, leaderEpoch: epoch, origin: .client, now: now)
            try #require(result.baseOffset == oracle.end)
            try note(bytes)
            #expect(result.lastOffset == oracle.end - 1)
        }

        mutating func appendReplicated() throws {
            var offset = oracle.end
            var bytes = ByteBuffer()
            for _ in 0..<generator.number(1...3) {
                offset += Int64(generator.number(0...4) == 0 ? generator.number(1...20) : 0)
                let count = generator.number(1...4)
                bytes.writeImmutableBuffer(
                    batch(count, timestamp: now, offset: offset, epoch: epoch, tag: generator.next()))
                offset += Int64(count)
            }
            _ = try log.appendReplicated(bytes, now: now)
            try note(bytes)
        }

        mutating func randomBatch() -> ByteBuffer {
            batch(
                generator.number(1...5), value: generator.number(0...120),
                timestamp: now - Int64(generator.number(0...80)),
                tag: generator.next())
        }

        mutating func note(_ bytes: ByteBuffer) throws {
            var sequence = RecordBatchSequence(bytes)
            while let batch = try sequence.next() {
                oracle.epochs.assign(batch.header.partitionLeaderEpoch, startOffset: batch.header.baseOffset)
                oracle.batches.append(batch)
                oracle.end = batch.header.nextOffset
            }
        }

        mutating func truncate() throws {
            guard oracle.end > oracle.start else { return }
            let offset = Int64(generator.number(Int(oracle.start)...Int(oracle.end)))
            let end = try log.truncate(to: offset, now: now)
            oracle.truncate(to: offset)
            if offset < oracle.start || oracle.batches.isEmpty { oracle.end = end }
            oracle.start = min(oracle.start, oracle.end)
            oracle.flushed = min(oracle.flushed, oracle.end)
        }

        mutating func restart() throws {
            let offset = oracle.end + Int64(generator.number(0...30))
            try log.truncateFullyAndStart(at: offset, now: now)
            oracle = Oracle(start: offset, end: offset, flushed: offset)
        }

        mutating func advance() throws {
            let offset = Int64(generator.number(Int(oracle.start)...Int(oracle.end)))
            oracle.start = try log.advanceLogStart(to: offset)
            oracle.epochs.truncate(toStart: oracle.start)
            guard generator.number(0...1) == 0 else { return }
            let files = try log.deleteSegments(below: oracle.start, now: now)
            if generator.number(0...1) == 0 { try log.unlink(files) }
        }

        mutating func reopen(clean: Bool, removingIndex: Bool) throws {
            let facts = LogRecoveryFacts(
                wasClean: clean, recoveryPoint: log.recoveryPoint, logStartOffset: log.logStartOffset)
            if clean { try log.close(now: now) }
            if removingIndex {
                let files = try storage.list(partition.description).filter {
                    $0.name.hasSuffix(".index") || $0.name.hasSuffix(".timeindex")
                }
                if let doomed = files.randomElement(using: &generator) {
                    try storage.remove(partition.description + "/" + doomed.name)
                }
            }
            if let crash = storage as? CrashStorage { storage = crash.reopened() }
            log = try open(storage, configuration, facts: facts, now: now)
        }

        /// Only a `CrashStorage` can lose something.
        mutating func crash() throws {
            guard let crashing = storage as? CrashStorage else { return try reopen(clean: false, removingIndex: false) }
            let facts = LogRecoveryFacts(
                wasClean: false, recoveryPoint: log.recoveryPoint, logStartOffset: log.logStartOffset)
            storage = crashing.crash(seed: generator.next())
            log = try open(storage, configuration, facts: facts, now: now)
            let end = log.logEndOffset
            #expect(end >= oracle.flushed, "seed \(seed): \(end) after a crash, \(oracle.flushed) was flushed")
            let isEmpty = log.recovery.rows.contains(.endsBelowStart)
            let kept = isEmpty ? [] : oracle.batches.filter { $0.header.nextOffset <= end }
            #expect(end <= oracle.end)
            oracle.batches = kept
            oracle.end = end
            oracle.start = log.logStartOffset
            oracle.epochs = LeaderEpochs()
            for batch in kept where batch.header.lastOffset >= oracle.start {
                oracle.epochs.assign(batch.header.partitionLeaderEpoch, startOffset: batch.header.baseOffset)
            }
            oracle.epochs.truncate(toStart: oracle.start)
        }

        /// What is wrong, or nil.
        mutating func check() throws -> String? {
            guard log.logEndOffset == oracle.end else { return "ends at \(log.logEndOffset), not \(oracle.end)" }
            guard log.logStartOffset == oracle.start else {
                return "starts at \(log.logStartOffset), not \(oracle.start)"
            }
            if oracle.end == oracle.start { return nil }
            let from = Int64(generator.number(Int(oracle.start)...Int(oracle.end)))
            let found = try log.everything(from: from, maxBytes: generator.number(1...3000)).map(\.buffer)
            let expected = oracle.expected(from: from).map(\.buffer)
            if found != expected { return "from \(from): \(found.count) batches, not \(expected.count)" }
            if let problem = try checkBound() { return problem }
            return try checkTimes() ?? checkEpochs()
        }

        mutating func checkBound() throws -> String? {
            let from = Int64(generator.number(Int(oracle.start)...Int(oracle.end)))
            let bound = Int64(generator.number(Int(from)...Int(oracle.end)))
            let slice = try log.read(from: from, maxBytes: 1 << 20, upperBound: bound)
            let found = try slice.batches().map(\.header.baseOffset)
            let below = oracle.expected(from: from).filter { $0.header.lastOffset < bound }.map(\.header.baseOffset)
            if found != Array(below.prefix(found.count)) { return "\(from)..<\(bound): \(found), not \(below)" }
            if found.isEmpty && !below.isEmpty { return "\(from)..<\(bound): nothing, not \(below)" }
            return nil
        }

        mutating func checkTimes() throws -> String? {
            let time = now - Int64(generator.number(0...2000))
            let found = try log.offset(atOrAfter: time) { _ in nil }
            let records = try oracle.expected(from: oracle.start).flatMap { batch in
                var records = batch.records
                return try records.collect()
            }
            let expected = records.first { $0.offset >= oracle.start && $0.timestamp >= time }
            if found?.offset != expected?.offset || found?.timestamp != expected?.timestamp {
                return "at \(time): \(String(describing: found)), not \(expected?.offset ?? -1)"
            }
            let largest = try log.offsetOfMaxTimestamp { _ in nil }
            let wanted = records.map(\.timestamp).max()
            // The largest may lie below the start, in a segment that is still there.
            if let wanted, largest?.timestamp ?? -1 < wanted {
                return "largest \(largest?.timestamp ?? -1), not \(wanted)"
            }
            return nil
        }

        func checkEpochs() -> String? {
            for batch in oracle.expected(from: oracle.start) {
                let offset = max(batch.header.baseOffset, oracle.start)
                if log.epoch(for: offset) != batch.header.partitionLeaderEpoch {
                    return "epoch of \(offset) is \(log.epoch(for: offset) ?? -9)"
                }
            }
            return nil
        }
    }
}
