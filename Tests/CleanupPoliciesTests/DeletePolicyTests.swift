import BrokerModel
import BrokerPluginAPI
import Testing

@testable import CleanupPolicies

/// A log of segments of ten records and the given sizes and newest timestamps, the last of them active.
func log(
    _ segments: [(bytes: Int64, newest: Timestamp)], now: Timestamp = 1_000, firstUncleaned: Offset = 0
) -> CleanupLog {
    let all = segments.enumerated().map { index, segment in
        CleanupSegment(
            baseOffset: Offset(index * 10), nextOffset: Offset(index * 10 + 10), byteCount: segment.bytes,
            largestTimestamp: segment.newest)
    }
    return CleanupLog(
        topic: "t", partition: 0, segments: Array(all.dropLast()), active: all.last,
        byteCount: all.reduce(0) { $0 + $1.byteCount }, logStartOffset: 0, firstUncleanedOffset: firstUncleaned,
        now: now)
}

@Suite struct DeletePolicyTests {
    private func policy(ms: Int64 = -1, bytes: Int64 = -1) -> DeletePolicy {
        var configuration = DeletePolicy.Configuration()
        configuration.retentionMilliseconds = ms
        configuration.retentionBytes = bytes
        return DeletePolicy(configuration)
    }

    @Test func `without limits everything stays`() {
        #expect(policy().plan(for: log([(100, 0), (100, 1), (100, 2)])) == .nothing)
    }

    @Test func `segments whose newest record is too old go, from the oldest on`() {
        let plan = policy(ms: 100).plan(for: log([(1, 10), (1, 899), (1, 900), (1, 5), (1, 1000)]))
        #expect(
            plan == CleanupPlan(deleteBelow: 20), "900 is exactly old enough to stay, and what follows it stays too")
    }

    @Test func `segments go as long as what is left is not below the size`() {
        #expect(policy(bytes: 250).plan(for: log([(100, 0), (100, 0), (100, 0), (100, 0)])).deleteBelow == 10)
        #expect(policy(bytes: 200).plan(for: log([(100, 0), (100, 0), (100, 0), (100, 0)])).deleteBelow == 20)
        #expect(policy(bytes: 0).plan(for: log([(100, 0), (100, 0)])).deleteBelow == 10)
        #expect(policy(bytes: 400).plan(for: log([(100, 0), (100, 0), (100, 0), (100, 0)])).deleteBelow == nil)
    }

    /// Kafka's way, as facts: age, then size, each from the oldest on; again until nothing goes.
    private func expected(_ log: CleanupLog, milliseconds: Int64, bytes: Int64) -> Offset? {
        var left = log.segments
        var size = log.byteCount
        var below: Offset?
        func drop(while condition: (CleanupSegment) -> Bool) -> Bool {
            let before = left.count
            while let first = left.first, condition(first) {
                below = first.nextOffset
                size -= first.byteCount
                left.removeFirst()
            }
            return left.count < before
        }
        while true {
            let old = drop {
                milliseconds >= 0 && $0.largestTimestamp >= 0 && log.now - $0.largestTimestamp > milliseconds
            }
            let large = drop { bytes >= 0 && size - bytes >= $0.byteCount && $0.byteCount > 0 }
            if !old && !large { return below }
        }
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `what goes is what a plain model lets go`(seed: UInt64) {
        var random = SplitMix(seed)
        let segments = (0..<Int.random(in: 1...8, using: &random)).map { _ in
            (bytes: Int64.random(in: 1...20, using: &random), newest: Timestamp.random(in: -1...100, using: &random))
        }
        let log = log(segments + [(1, 1_000)], now: 120)
        let milliseconds = Int64.random(in: -1...80, using: &random)
        let bytes = Int64.random(in: -1...100, using: &random)
        #expect(
            policy(ms: milliseconds, bytes: bytes).plan(for: log).deleteBelow
                == expected(log, milliseconds: milliseconds, bytes: bytes))
    }

    @Test func `the active segment is sealed when even its newest record is too old`() {
        #expect(policy(ms: 100).plan(for: log([(1, 10), (1, 899)])) == CleanupPlan(sealsActive: true))
    }

    @Test func `a segment without timestamps has no age`() {
        #expect(policy(ms: 100).plan(for: log([(1, -1), (1, 1000)])) == .nothing)
    }

    @Test func `an emptied segment goes with the one behind it`() {
        #expect(policy(ms: 100).plan(for: log([(0, -1), (1, 10), (0, -1), (1, 1000)])).deleteBelow == 20)
    }

    @Test func `extreme times do not trap`() {
        #expect(policy(ms: .max).plan(for: log([(1, .max), (1, 0)], now: .min)) == .nothing)
        #expect(policy(ms: 0).plan(for: log([(1, 0), (1, .max)], now: .max)).deleteBelow == 10)
    }

    @Test func `its values come from the topic's own configs`() throws {
        let configuration = try DeletePolicy.Configuration.schema.configuration(prefix: "cleanup.policy.delete") {
            ["retention.ms": "5", "retention.bytes": "6"][$0]
        }
        #expect(configuration.retentionMilliseconds == 5 && configuration.retentionBytes == 6)
        #expect(DeletePolicy.Configuration.schema.definitions(prefix: "cleanup.policy.delete").isEmpty)
    }
}
