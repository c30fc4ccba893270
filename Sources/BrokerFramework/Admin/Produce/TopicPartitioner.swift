internal import BrokerClient
internal import BrokerPluginAPI

/// What a topic's configuration says of its partitioner.
struct TopicPartitioner {
    /// The partitioner's name; the standard one where the cluster knows of none, as Apache Kafka does.
    let name: String
    /// The values of the topic's configs.
    let values: [String: String]

    init(of topic: String, _ cluster: Cluster) async throws(ClientError) {
        let entries = try await AdminClient(cluster: cluster).describeConfigs(.topic(topic))
        values = Dictionary(entries.compactMap { entry in entry.value.map { (entry.name, $0) } }) { first, _ in first }
        name = values[PluginKind.partitioner.prefix] ?? AdminPlugins.standardPartitioner
    }
}
