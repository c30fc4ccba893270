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

    @Test func `the active segment is sealed when even its newest record is too old`() {
        #expect(policy(ms: 100).plan(for: log([(1, 10), (1, 899)])) == CleanupPlan(sealsActive: true))
    }

    @Test func `a segment without timestamps has no age`() {
        #expect(policy(ms: 100).plan(for: log([(1, -1), (1, 1000)])) == .nothing)
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
