package import BrokerMetadata
package import BrokerModel
package import BrokerPluginAPI

/// The plug-ins that a topic uses, made for it with its options; others take their place when an option changes, and calls
/// under way finish on the old ones.
package struct TopicPlugins: Sendable {
    /// In the order in which the topic names them.
    package var cleanupPolicies: [any CleanupPolicy] = []
    /// Whether one of the policies looks at records, and so cleans more often than segments grow old.
    package var rewritesRecords: Bool { cleanupPolicies.contains { $0 is any RecordCleanupPolicy } }
    package private(set) var codecs: TopicCodecs
    /// What records are held against; nil where nobody looks.
    package var placement: PlacementVerifier?
    /// What could not be made, in words for the log: the metadata may come from a broker with other plug-ins.
    package var problems: [String] = []

    package init(
        _ schemas: ConfigSchemas, codecs: CodecRegistry, verification: PartitionerVerification,
        partitionCount: @escaping @Sendable () -> PartitionIndex, lookup: ConfigLookup
    ) {
        let plugins = schemas.plugins
        self.codecs = TopicCodecs(codecs, plugins: plugins, problems: &problems, lookup: lookup)
        for name in ConfigDefinition.items(of: lookup(PluginKind.cleanupPolicy.prefix) ?? "") {
            guard let registration = plugins[.cleanupPolicy, name] else {
                problems.append(plugins.unknown(.cleanupPolicy, name) + " Nothing is cleaned by it.")
                continue
            }
            do throws(PluginError) { cleanupPolicies.append(try registration.instance(lookup)) } catch {
                problems.append("The cleanup policy '\(name)' cannot be used, and nothing is cleaned by it: \(error)")
            }
        }
        guard verification != .off, let name = lookup(PluginKind.partitioner.prefix) else { return }
        guard let registration = plugins[.partitioner, name] else {
            problems.append(plugins.unknown(.partitioner, name) + " Records are not held against it.")
            return
        }
        do throws(PluginError) {
            let partitioner: any Partitioner = try registration.instance(lookup)
            guard let partitioner = partitioner as? any ExplainablePartitioner else {
                problems.append(
                    "The partitioner '\(name)' cannot say where a record belongs: nothing is held against it.")
                return
            }
            placement = PlacementVerifier(
                partitioner: partitioner, rejects: verification == .reject, partitionCount: partitionCount)
        } catch {
            problems.append("The partitioner '\(name)' cannot be used, and nothing is held against it: \(error)")
        }
    }
}

/// Holds records that clients have placed themselves against what the topic's partitioner says.
package struct PlacementVerifier: Sendable {
    let partitioner: any ExplainablePartitioner
    /// Whether a record in the wrong place is refused, or only counted.
    let rejects: Bool
    let partitionCount: @Sendable () -> PartitionIndex

    /// The records that stand in the wrong partition, and where they belong. Looks at every record of the batch.
    func misplaced(_ records: RecordSequence, in place: TopicPartition) -> [BatchAdmission.RecordProblem] {
        let count = partitionCount()
        var records = records
        var misplaced: [BatchAdmission.RecordProblem] = []
        var index = 0
        while let record = try? records.next() {
            let route = partitioner.explain(
                PartitionerContext(
                    topic: place.topic, key: record.key, value: record.value, headers: record.headers,
                    partitionCount: count, availablePartitions: []))
            if !route.partitions.contains(place.partition) {
                let belongs =
                    route.partitions.count == 1
                    ? "partition \(route.partitions.lowerBound)"
                    : "one of the partitions \(route.partitions.lowerBound) to \(route.partitions.upperBound - 1)"
                misplaced.append(
                    .init(index: index, message: "it belongs in \(belongs), because \(route.reason)"))
            }
            index += 1
        }
        return misplaced
    }
}
