import BrokerFramework
import BrokerPluginTesting
import ShopPlugins
import Testing

@Suite struct ExamTests {
    @Test func `big-customers is a partitioner`() {
        let exam = PartitionerExam([.keysStay, .spreads]) {
            var configuration = BigCustomers.Configuration()
            configuration.names = ["acme", "globex"]
            return BigCustomers(configuration)
        }
        #expect(exam.violations == [])
    }

    @Test func `keep-days is a cleanup policy, and keeps the last day`() {
        // The midnight before the moment at which the exam takes place.
        let exam = CleanupPolicyExam(mustStay: { record, _ in record.timestamp >= 1_699_920_000_000 }) {
            var configuration = KeepDays.Configuration()
            configuration.count = 1
            return KeepDays(configuration)
        }
        #expect(exam.violations == [])
    }
}
