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

    @Test func `keep-last is a cleanup policy`() {
        let exam = CleanupPolicyExam(mustStay: { record, all in
            all.filter { $0.key == record.key }.suffix(3).contains(record)
        }) { KeepLastN(.init()) }
        #expect(exam.violations == [])
    }
}
