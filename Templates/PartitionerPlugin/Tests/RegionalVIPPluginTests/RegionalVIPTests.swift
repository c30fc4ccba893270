import BrokerPluginAPI
import BrokerPluginTesting
import RegionalVIPPlugin
import Testing

@Suite struct RegionalVIPTests {
    private func partitioner(_ change: (inout RegionalVIPPartitioner.Configuration) -> Void = { _ in })
        -> RegionalVIPPartitioner
    {
        var configuration = RegionalVIPPartitioner.Configuration()
        configuration.regions = ["eu", "us"]
        configuration.customers = ["acme"]
        change(&configuration)
        return RegionalVIPPartitioner(configuration)
    }

    private func partitions(of keys: [String], _ partitioner: RegionalVIPPartitioner) -> Set<PartitionIndex> {
        Set(
            keys.map { key in
                partitioner.partition(
                    for: PartitionerContext(
                        topic: "orders", key: ByteBuffer(string: key), value: nil, partitionCount: 9,
                        availablePartitions: Array(0..<9)))
            })
    }

    @Test func `it is a partitioner`() {
        #expect(PartitionerExam { RegionalVIPPartitioner(.init()) }.violations == [])
        #expect(PartitionerExam { partitioner() }.violations == [])
    }

    @Test func `a region has a run of partitions, and its important customers the first of it`() {
        let many = (0..<100).map { "customer-\($0)" }
        #expect(partitions(of: many.map { "eu/\($0)" }, partitioner()) == [1, 2])
        #expect(partitions(of: many.map { "us/\($0)" }, partitioner()) == [4, 5])
        #expect(partitions(of: many, partitioner()) == [7, 8])
        #expect(partitions(of: ["eu/acme"], partitioner()) == [0])
        #expect(partitions(of: ["us/acme"], partitioner()) == [3])
    }

    @Test func `one partition of a region is always left for the others`() {
        let greedy = partitioner { $0.reserved = 1_000 }
        #expect(partitions(of: (0..<100).map { "eu/\($0)" }, greedy) == [2])
    }

    @Test func `a region that is named twice is refused`() {
        let values = ["partitioner.regional-vip.regions": "eu,us,eu"]
        #expect(PluginRegistration(RegionalVIPPartitioner.self).problem { values[$0] }?.contains("twice") == true)
    }
}
