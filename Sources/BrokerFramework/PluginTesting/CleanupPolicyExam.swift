public import BrokerModel
public import BrokerPluginAPI
internal import NIOCore

/// Whether a cleanup policy keeps what ``BrokerPluginAPI/CleanupPolicy`` and ``BrokerPluginAPI/RecordCleanupPolicy`` promise.
///
/// The policy is tried on logs made by chance, and what it asks for is done to a model of them.
public struct CleanupPolicyExam {
    /// Whether a record must survive any cleaning, in the eyes of the author.
    public typealias MustStay = (_ record: Record, _ all: [Record]) -> Bool

    private let make: () throws -> any CleanupPolicy
    private let mustStay: MustStay?

    /// - Parameters:
    ///   - mustStay: whether the policy promises to leave a record, given all of the log: the newest of its key, for
    ///     example. It is held against every record that is gone. Nil for no such promise.
    ///   - make: makes an instance; called several times.
    public init(mustStay: MustStay? = nil, _ make: @escaping () throws -> any CleanupPolicy) {
        self.mustStay = mustStay
        self.make = make
    }

    /// What is broken; empty if it passes. The same in every run. Takes about a second.
    public var violations: [Violation] {
        var findings = Findings()
        do { for seed in 0..<60 { try clean(ModelLog(seed: UInt64(seed)), &findings) } } catch {
            findings.expect("an instance can be made", false, "\(error)")
        }
        return findings.violations
    }

    /// Cleans a log until nothing changes any more.
    private func clean(_ original: ModelLog, _ findings: inout Findings) throws {
        var log = original
        let policy = try make()
        var isSettled = false
        // A filter has room for one more record at least in each pass, and each segment is committed once.
        let rounds = original.records.count + original.segments.count + 6
        for _ in 0..<rounds where !isSettled {
            let seen = log.description
            let plan = policy.plan(for: seen)
            let others = [policy.plan(for: seen), try make().plan(for: seen)]
            findings.expect(
                "the same log has the same plan", others == [plan, plan], "\([plan] + others) for \(seen)")
            check(plan, seen, &findings)
            let before = log
            log.carryOut(plan, filter: (policy as? any RecordCleanupPolicy)?.makeFilter(for: seen))
            isSettled = log == before && !log.commitMore()
        }
        findings.expect(
            "cleaning comes to an end where nothing is written", isSettled,
            "\(rounds) rounds still changed a log")
        let left = Set(log.records.map(\.offset))
        guard let mustStay else { return }
        for record in original.records where !left.contains(record.offset) && mustStay(record, original.records) {
            findings.expect(
                "what the policy promises to leave is left", false,
                "offset \(record.offset), key \(record.key.map { String(buffer: $0) } ?? "none"), is gone")
        }
    }

    private func check(_ plan: CleanupPlan, _ log: CleanupLog, _ findings: inout Findings) {
        let end = log.segments.last?.nextOffset ?? log.logStartOffset
        if let below = plan.deleteBelow {
            findings.expect(
                "only sealed segments below the high watermark are deleted", below <= end,
                "below \(below), where they end at \(end)")
        }
        if let rewrite = plan.rewrite {
            let start = log.segments.first?.baseOffset ?? log.logStartOffset
            findings.expect(
                "only sealed segments below the high watermark are rewritten",
                rewrite.lowerBound >= start && rewrite.upperBound <= end,
                "\(rewrite), where they lie in \(start)..<\(end)")
        }
        findings.expect(
            "there is an active segment to be sealed", !plan.sealsActive || log.active != nil, "there is none in \(log)"
        )
    }
}

/// A log that keeps its records in memory: sealed segments of batches of one record each, and an active one. What is above the
/// high watermark, sealed or not, is no policy's to touch.
struct ModelLog: Equatable {
    struct Segment: Equatable {
        var base: Offset
        var next: Offset
        var records: [Record]
    }

    private(set) var segments: [Segment] = []
    private(set) var active: Segment
    private var highWatermark: Offset
    private var firstUncleaned: Offset = 0
    private let now: Timestamp

    init(seed: UInt64) {
        var chance = SeededChance(seed)
        now = 1_700_000_000_000
        var offset: Offset = 0
        var time = now - Int64.random(in: 0...40, using: &chance) * 86_400_000
        var all: [Segment] = []
        for _ in 0...Int.random(in: 0...8, using: &chance) {
            var segment = Segment(base: offset, next: offset, records: [])
            for _ in 0..<Int.random(in: 0...30, using: &chance) {
                let key = Int.random(in: 0...9, using: &chance)
                time = min(now, time + Int64.random(in: 0...3_600_000, using: &chance))
                segment.records.append(
                    Record(
                        offset: offset, timestamp: time, key: key == 9 ? nil : ByteBuffer(string: "k\(key)"),
                        value: key == 0 && offset % 3 == 0 ? nil : ByteBuffer(string: "value \(offset)"),
                        headers: offset % 2 == 0
                            ? [] : [Record.Header(key: "version", value: ByteBuffer(string: "\(offset)"))]))
                offset += 1
            }
            segment.next = offset
            all.append(segment)
        }
        active = all.removeLast()
        segments = all.filter { !$0.records.isEmpty }
        highWatermark = Bool.random(using: &chance) ? offset : Offset.random(in: 0...offset, using: &chance)
    }

    /// The sealed segments with nothing but committed records.
    private var committed: ArraySlice<Segment> { segments.prefix { $0.next <= highWatermark } }

    /// Commits one more segment; false if all is committed.
    mutating func commitMore() -> Bool {
        let end = segments.first { $0.next > highWatermark }?.next ?? active.next
        guard end > highWatermark else { return false }
        highWatermark = end
        return true
    }

    var records: [Record] { (segments + [active]).flatMap(\.records) }

    var description: CleanupLog {
        CleanupLog(
            topic: "exam", partition: 0, segments: committed.map(describe),
            active: active.records.isEmpty ? nil : describe(active),
            byteCount: (segments + [active]).reduce(0) { $0 + size($1) },
            logStartOffset: segments.first?.base ?? active.base, firstUncleanedOffset: firstUncleaned, now: now)
    }

    private func size(_ segment: Segment) -> Int64 {
        segment.records.reduce(0) { $0 + 70 + Int64($1.key?.readableBytes ?? 0) + Int64($1.value?.readableBytes ?? 0) }
    }

    private func describe(_ segment: Segment) -> CleanupSegment {
        CleanupSegment(
            baseOffset: segment.base, nextOffset: segment.next, byteCount: size(segment),
            largestTimestamp: segment.records.map(\.timestamp).max() ?? -1)
    }

    mutating func carryOut(_ plan: CleanupPlan, filter: (any RecordFilter)?) {
        if plan.sealsActive, !active.records.isEmpty {
            segments.append(active)
            active = Segment(base: active.next, next: active.next, records: [])
        }
        if let below = plan.deleteBelow { segments.removeFirst(committed.prefix { $0.next <= below }.count) }
        if let range = plan.rewrite, var filter { rewrite(range, &filter) }
    }

    private mutating func rewrite(_ range: Range<Offset>, _ filter: inout any RecordFilter) {
        let chosen = committed.indices.filter {
            range.lowerBound <= segments[$0].base && segments[$0].next <= range.upperBound
        }
        var end = chosen.last.map { segments[$0].next } ?? range.lowerBound
        observing: for index in chosen {
            for record in segments[index].records where !filter.observe(record) {
                end = record.offset
                break observing
            }
        }
        for index in chosen {
            segments[index].records.removeAll { $0.offset < end && !filter.keeps($0) }
        }
        firstUncleaned = max(firstUncleaned, end)
    }
}
