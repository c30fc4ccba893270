package import BrokerPluginAPI

/// What a topic's configuration says of its partitioner.
package struct ConfiguredPartitioner: Hashable, Sendable {
    /// The partitioner's name; nil where the cluster knows of none, as Apache Kafka does.
    package let name: String?
    /// The values of the topic's configs.
    package let values: [String: String]

    /// Asks the cluster.
    package init(of topic: String, _ cluster: Cluster) async throws(ClientError) {
        let entries = try await AdminClient(cluster: cluster).describeConfigs(.topic(topic))
        values = Dictionary(entries.compactMap { entry in entry.value.map { (entry.name, $0) } }) { first, _ in first }
        name = values[PluginKind.partitioner.prefix]
    }

    /// An instance with the topic's options.
    ///
    /// - Parameters:
    ///   - plugins: has the partitioners; the first is used where neither the topic nor `other` names one.
    ///   - other: another partitioner's name than the topic's.
    ///   - options: values that take the place of the topic's.
    package func instance(
        from plugins: PluginSet, named other: String? = nil, options: [String: String] = [:]
    ) throws(ClientError) -> any Partitioner {
        guard let name = other ?? name ?? plugins.all(.partitioner).first?.name,
            let registration = plugins[.partitioner, name]
        else {
            throw ClientError(
                .invalidArgument,
                plugins.unknown(.partitioner, other ?? name ?? "")
                    + " What chooses partitions must be compiled into the client that asks.")
        }
        let schema = ConfigSchema(registration.definitions)
        let tried = Dictionary(options.map { (schema.currentName(of: $0), $1) }) { first, _ in first }
        do throws(PluginError) { return try registration.instance { tried[$0] ?? values[$0] } } catch {
            throw ClientError(.invalidArgument, error.message, underlying: error)
        }
    }
}

/// How a producer finds partitions for records that name none.
enum Partitioning: Sendable {
    /// For every topic the same.
    case one(any Partitioner)
    /// As each topic's configuration says.
    case configured(PluginSet)
}
