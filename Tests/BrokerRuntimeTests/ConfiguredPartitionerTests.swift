import BrokerClient
import BrokerModel
import BrokerPluginAPI
import BrokerRuntime
import DefaultPlugins
import Testing

/// The partitioner of a topic in a client of a broker.
struct ConfiguredPartitionerTests {
    @Test func `an option that is tried may have its former name`() async throws {
        let plugins = try PluginSet {
            DefaultPlugins()
            Use(OneLane.self)
        }
        let broker = try await TestBroker(composition: plugins).start()
        try await TestClient(broker).create("t", partitions: 4, configs: [("partitioner", "one-lane")])
        let cluster = Cluster(
            try ClientConfiguration(bootstrapServers: "127.0.0.1:\(try #require(broker.listeners.first).port)"))
        let configured = try await ConfiguredPartitioner(of: "t", cluster)
        let record = PartitionerContext(
            topic: "t", key: nil, value: nil, headers: [], partitionCount: 4, availablePartitions: [0, 1, 2, 3])
        #expect(try configured.instance(from: plugins).partition(for: record) == 0)
        let tried = try configured.instance(from: plugins, options: ["partitioner.one-lane.track": "3"])
        #expect(tried.partition(for: record) == 3)
        await cluster.close()
        await broker.stop()
    }
}
