import BrokerFramework
import BrokerPluginTesting
import ShopPlugins
import Testing

@Suite struct ExamTests {
    @Test func `the region router is a partitioner`() {
        let exam = PartitionerExam {
            var configuration = RegionRouter.Configuration()
            configuration.regions = ["eu", "us"]
            return try RegionRouter(configuration)
        }
        #expect(exam.violations == [])
    }

    @Test func `keep-records is a cleanup policy, and leaves so many records`() {
        let exam = CleanupPolicyExam(mustStay: { record, all in all.suffix(50).contains(record) }) {
            var configuration = KeepRecords.Configuration()
            configuration.count = 50
            return KeepRecords(configuration)
        }
        #expect(exam.violations == [])
    }

    @Test func `whole segments go that are beyond the count`() {
        let segments = (0..<5).map { index in
            CleanupSegment(
                baseOffset: index * 10, nextOffset: index * 10 + 10, byteCount: 1_000, largestTimestamp: 0)
        }
        let log = CleanupLog(
            topic: "orders", partition: 0, segments: Array(segments.dropLast()), active: segments.last,
            byteCount: 5_000,
            logStartOffset: 0, firstUncleanedOffset: 0, now: 0)
        var configuration = KeepRecords.Configuration()
        configuration.count = 25
        #expect(KeepRecords(configuration).plan(for: log) == CleanupPlan(deleteBelow: 20))
    }
}
