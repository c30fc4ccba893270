import BrokerPluginAPI
import BrokerPluginTesting
import Testing
import VersionedCompactionPlugin

@Suite struct VersionedCompactionTests {
    private func policy(_ source: VersionedCompaction.Source) -> VersionedCompaction {
        var configuration = VersionedCompaction.Configuration()
        configuration.by = source
        return VersionedCompaction(configuration)
    }

    private static let log = CleanupLog(
        topic: "orders", partition: 0, segments: [], active: nil, byteCount: 0, logStartOffset: 0,
        firstUncleanedOffset: 0, now: 1_700_000_000_000)

    /// The offsets that are left of records that stand in one log.
    private func left(_ records: [Record], _ policy: VersionedCompaction, log: CleanupLog = log) -> [Offset] {
        var filter = policy.makeFilter(for: log)
        let hadRoom = records.map { filter.observe($0) }
        #expect(!hadRoom.contains(false))
        return records.filter { filter.keeps($0) }.map(\.offset)
    }

    private func record(
        _ offset: Offset, _ key: String? = "k", time: Timestamp = 0, version: ByteBuffer? = nil,
        isTombstone: Bool = false
    ) -> Record {
        Record(
            offset: offset, timestamp: time, key: key.map { ByteBuffer(string: $0) },
            value: isTombstone ? nil : ByteBuffer(string: "value"),
            headers: version.map { [Record.Header(key: "version", value: $0)] } ?? [])
    }

    @Test(arguments: [VersionedCompaction.Source.timestamp, .header])
    func `it is a cleanup policy, and leaves the highest version of each key`(source: VersionedCompaction.Source) {
        let exam = CleanupPolicyExam(mustStay: { record, all in
            let rivals = all.filter { $0.key == record.key }
            func version(_ record: Record) -> Int64 {
                source == .timestamp
                    ? record.timestamp
                    : record.headers.last?.value.flatMap { Int64(String(buffer: $0)) } ?? .min
            }
            let isHighest = !rivals.contains { (version($0), $0.offset) > (version(record), record.offset) }
            return record.key == nil || isHighest && record.value != nil
        }) { policy(source) }
        #expect(exam.violations == [])
    }

    @Test func `an older state that arrives later goes`() {
        #expect(left([record(0, time: 9), record(1, time: 3), record(2, "other")], policy(.timestamp)) == [0, 2])
    }

    @Test func `of equal versions the later record stays, and any version is above none`() {
        let seven = ByteBuffer(string: "7")
        #expect(left([record(0, version: seven), record(1, version: seven), record(2)], policy(.header)) == [1])
    }

    @Test func `a version may be eight bytes, as a Java client writes a long`() {
        let (high, low) = (ByteBuffer(integer: Int64(1_000)), ByteBuffer(string: "999"))
        #expect(left([record(0, version: high), record(1, version: low)], policy(.header)) == [0])
    }

    @Test func `a tombstone stays until it was seen and has had its time`() {
        let tombstone = [record(0, time: 1_000, isTombstone: true)]
        #expect(left(tombstone, policy(.timestamp)) == [0])
        var seen = Self.log
        seen.firstUncleanedOffset = 1
        #expect(left(tombstone, policy(.timestamp), log: seen) == [])
    }

    @Test func `records without a key stay`() {
        #expect(left([record(0, nil), record(1, nil)], policy(.timestamp)) == [0, 1])
    }
}
