internal import BrokerModel
internal import BrokerPluginAPI

/// Holds records that clients have placed themselves against what the topic's partitioner says.
package struct PlacementVerifier: Sendable {
    let partitioner: any ExplainablePartitioner
    let use: PluginUse
    /// Whether a record in the wrong place is refused, or only counted.
    let rejects: Bool
    let partitionCount: @Sendable () -> PartitionIndex

    /// The records that stand in the wrong partition, and where they belong. Looks at every record of the batch; finds
    /// none while the partitioner misbehaves or is left alone.
    func misplaced(_ records: RecordSequence, in place: TopicPartition) -> [BatchAdmission.RecordProblem] {
        let count = partitionCount()
        var badAnswer: String?
        let outcome = use.call(flaw: { _ in badAnswer }) { () throws(Never) in
            var misplaced: [BatchAdmission.RecordProblem] = []
            var records = records
            var index = 0
            while let record = try? records.next() {
                let route = partitioner.explain(
                    PartitionerContext(
                        topic: place.topic, key: record.key, value: record.value, headers: record.headers,
                        partitionCount: count, availablePartitions: []))
                if route.partitions.isEmpty || route.partitions.lowerBound < 0 || route.partitions.upperBound > count {
                    badAnswer = "answered the partitions \(route.partitions) of \(count)"
                } else if !route.partitions.contains(place.partition) {
                    misplaced.append(.init(index: index, message: Self.message(route)))
                }
                index += 1
            }
            return misplaced
        }
        guard case .answer(let misplaced) = outcome else { return [] }
        return misplaced
    }

    private static func message(_ route: PartitionRoute) -> String {
        let belongs =
            route.partitions.count == 1
            ? "partition \(route.partitions.lowerBound)"
            : "one of the partitions \(route.partitions.lowerBound) to \(route.partitions.upperBound - 1)"
        return "it belongs in \(belongs), because \(route.reason)"
    }
}
