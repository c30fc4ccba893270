import BrokerPluginAPI
import BrokerPluginTesting
import KeepLastPlugin
import Testing

@Suite struct KeepLastTests {
    private func policy(count: Int) -> KeepLastPolicy {
        var configuration = KeepLastPolicy.Configuration()
        configuration.count = count
        return KeepLastPolicy(configuration)
    }

    @Test(arguments: [1, 3]) func `it is a cleanup policy, and leaves the newest records of each key`(count: Int) {
        let exam = CleanupPolicyExam(mustStay: { record, all in
            record.key == nil || all.filter { $0.key == record.key }.suffix(count).contains(record)
        }) { policy(count: count) }
        #expect(exam.violations == [])
    }

    @Test func `what is beyond the count goes, the oldest first`() {
        let log = CleanupLog(
            topic: "orders", partition: 0, segments: [], active: nil, byteCount: 0, logStartOffset: 0,
            firstUncleanedOffset: 0, now: 0)
        let records = ["a", "b", "a", "a", nil].enumerated().map { offset, key in
            Record(offset: Offset(offset), key: key.map { ByteBuffer(string: $0) }, value: ByteBuffer(string: "value"))
        }
        var filter = policy(count: 2).makeFilter(for: log)
        let hadRoom = records.map { filter.observe($0) }
        let left = records.filter { filter.keeps($0) }
        #expect(!hadRoom.contains(false))
        #expect(left.map(\.offset) == [1, 2, 3, 4])
    }
}
