// The examples of the client's README, as they stand there; `ExamplesTests` runs them and compares the two.

// example: producer
import BrokerClient
import Codecs
import Partitioners

func produce(to servers: String) async throws {
    let cluster = Cluster(try ClientConfiguration(bootstrapServers: servers))
    let producer = try Producer(cluster: cluster, partitioner: KeyHashPartitioner(), codec: ZstdCodec())

    // One record, and where it was written.
    let place = try await producer.send(ProducerRecord(topic: "orders", key: "alice", value: "1 book"))
    print("written to partition \(place.partition)")

    // Many: they travel in batches, and each has a result of its own.
    let records = (2..<1_000).map { ProducerRecord(topic: "orders", key: "customer \($0 % 50)", value: "\($0) books") }
    for result in await producer.send(contentsOf: records) { _ = try result.get() }

    await producer.close()
    await cluster.close()
}
// end

// example: consumer
func countOrders(from servers: String, until limit: Int) async throws -> Int {
    let cluster = Cluster(try ClientConfiguration(bootstrapServers: servers))
    var configuration = ConsumerConfiguration()
    configuration.group = GroupConfiguration(groupID: "billing")
    configuration.offsetReset = .earliest
    let consumer = Consumer(cluster: cluster, configuration: configuration, codecs: BuiltInCodecs.all)

    // Other consumers of the group get a part of the partitions each, and these are told of every change.
    try await consumer.subscribe(["orders"]) { change in print(change) }
    var count = 0
    for try await record in consumer.records {
        count += record.value == nil ? 0 : 1
        if count == limit { break }
    }

    // Commits what the loop was given, and leaves: the next one goes on after it.
    await consumer.close()
    await cluster.close()
    return count
}
// end

// example: admin
func rewindBilling(at servers: String) async throws -> Int64 {
    let cluster = Cluster(try ClientConfiguration(bootstrapServers: servers))
    let admin = AdminClient(cluster: cluster)

    let lag = try await admin.groupLag("billing")
    print("still to be read: \(lag.values.compactMap(\.lag).reduce(0, +))")

    // From the beginning again.
    let starts = try await admin.listOffsets(lag.mapValues { _ in .earliest })
    try await admin.alterGroupOffsets("billing", starts.mapValues { CommittedOffset($0.offset ?? 0) })

    let left = try await admin.groupLag("billing").values.compactMap(\.lag).reduce(0, +)
    await cluster.close()
    return left
}
// end
