internal import BrokerClient
internal import BrokerModel
internal import BrokerPrimitives

/// Where `reset-offsets` takes a group.
enum OffsetGoal: Hashable, Sendable {
    case earliest
    case latest
    case current
    case offset(Offset)
    case time(Timestamp)
    case shift(Int64)

    /// The offset of each partition, within its log.
    func targets(
        of partitions: [TopicPartition], committed: [TopicPartition: Offset], _ admin: AdminClient
    ) async throws -> [TopicPartition: Offset] {
        let specs = { (spec: OffsetSpec) in Dictionary(uniqueKeysWithValues: partitions.map { ($0, spec) }) }
        let starts = try await admin.listOffsets(specs(.earliest))
        let ends = try await admin.listOffsets(specs(.latest))
        var times: [TopicPartition: ListedOffset] = [:]
        if case .time(let time) = self { times = try await admin.listOffsets(specs(.timestamp(time))) }
        var targets: [TopicPartition: Offset] = [:]
        for partition in partitions {
            let start = starts[partition]?.offset ?? 0
            let end = max(start, ends[partition]?.offset ?? start)
            let place = try place(
                start: start, end: end, committed: committed[partition], time: times[partition], partition)
            targets[partition] = min(max(place, start), end)
        }
        return targets
    }

    private func place(
        start: Offset, end: Offset, committed: Offset?, time: ListedOffset?, _ partition: TopicPartition
    ) throws -> Offset {
        switch self {
        case .earliest: return start
        case .latest: return end
        case .current: return committed ?? end
        case .offset(let offset): return offset
        case .time: return time?.offset ?? end
        case .shift(let count):
            guard let committed else {
                throw CommandFailure(
                    "The group has committed nothing for \(partition), so there is nothing to shift.", kind: .notFound,
                    advice: "Begin with --to-earliest, --to-latest or --to-current.")
            }
            let (sum, isTooFar) = committed.addingReportingOverflow(count)
            return isTooFar ? (count < 0 ? start : end) : sum
        }
    }
}
