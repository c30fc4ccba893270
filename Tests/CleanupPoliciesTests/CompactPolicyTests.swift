import BrokerModel
import BrokerPluginAPI
import NIOCore
import Testing

@testable import CleanupPolicies

@Suite struct CompactPolicyTests {
    private func policy(
        ratio: Double = 0.5, least: Int64 = 0, most: Int64 = .max, keys: Int = 1000,
        _ deleteRetention: Int64 = 86_400_000
    ) -> CompactPolicy {
        var configuration = CompactPolicy.Configuration()
        configuration.dirtyRatio = ratio
        configuration.minimumLagMilliseconds = least
        configuration.maximumLagMilliseconds = most
        configuration.deleteRetentionMilliseconds = deleteRetention
        return CompactPolicy(configuration, keyCountLimit: keys)
    }

    @Test func `a log is compacted when enough of it was never seen`() {
        let segments: [(Int64, Timestamp)] = [(100, 0), (100, 1), (100, 2), (100, 3)]
        #expect(policy().plan(for: log(segments)).rewrite == 0..<30)
        #expect(policy().plan(for: log(segments, firstUncleaned: 10)).rewrite == 0..<30)
        #expect(policy().plan(for: log(segments, firstUncleaned: 20)) == .nothing)
        #expect(policy(ratio: 0.3).plan(for: log(segments, firstUncleaned: 20)).rewrite == 0..<30)
        #expect(policy().plan(for: log(segments, firstUncleaned: 30)) == .nothing, "all was seen")
    }

    @Test func `what is young stays as it is`() {
        let segments: [(Int64, Timestamp)] = [(100, 100), (100, 950), (100, 990), (100, 1000)]
        #expect(policy(least: 50).plan(for: log(segments)).rewrite == 0..<20)
        #expect(policy(least: 901).plan(for: log(segments)) == .nothing)
    }

    @Test func `what waited too long is compacted though it is little`() {
        let segments: [(Int64, Timestamp)] = [(1_000, 0), (10, 100), (100, 1000)]
        #expect(policy().plan(for: log(segments, firstUncleaned: 10)) == .nothing)
        #expect(policy(most: 500).plan(for: log(segments, firstUncleaned: 10)).rewrite == 0..<20)
    }

    /// Runs a filter over records as a pass does, and answers what is left.
    private func pass(_ records: [Record], _ policy: CompactPolicy, seen: Offset = 0, now: Timestamp = 0) -> [Record] {
        var filter = policy.makeFilter(for: log([(1, 0)], now: now, firstUncleaned: seen))
        let observed = records.prefix { filter.observe($0) }
        return records.enumerated().filter { $0 >= observed.count || filter.keeps($1) }.map(\.1)
    }

    @Test(arguments: 0..<50)
    func `what is left after any passes is the newest of each key, in order`(seed: UInt64) {
        var random = SplitMix(seed)
        let records = (0..<200).map { offset in
            Record(
                offset: Offset(offset), timestamp: 0,
                key: ByteBuffer(string: "k\(Int.random(in: 0..<20, using: &random))"),
                value: ByteBuffer(string: "\(offset)"))
        }
        let newest = Dictionary(records.map { ($0.key, $0.offset) }) { max($0, $1) }
        let policy = policy(keys: Int.random(in: 1...30, using: &random))
        let once = pass(records, policy)
        #expect(once.map(\.offset) == once.map(\.offset).sorted())
        #expect(Set(once.map(\.offset)).isSuperset(of: newest.values))
        // With room for all keys one pass is enough, and another changes nothing.
        let whole = pass(once, self.policy())
        #expect(whole.map(\.offset) == newest.values.sorted())
        #expect(pass(whole, self.policy(), seen: 200) == whole)
    }

    @Test func `a tombstone stays through the pass that sees it first, and until it is old`() {
        let key = ByteBuffer(string: "k")
        let records = [
            Record(offset: 0, timestamp: 0, key: key, value: key),
            Record(offset: 1, timestamp: 0, key: key, value: nil),
        ]
        let first = pass(records, policy(100), now: 1_000)
        #expect(first.map(\.offset) == [1], "the value went, the tombstone tells of it")
        #expect(pass(first, policy(100), seen: 2, now: 99).map(\.offset) == [1])
        #expect(pass(first, policy(100), seen: 2, now: 101).isEmpty)
    }

    @Test func `records without a key go`() {
        #expect(pass([Record(offset: 0, value: ByteBuffer(string: "v"))], policy()).isEmpty)
    }
}

struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
