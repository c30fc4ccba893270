internal import BrokerClient
internal import BrokerModel

/// Finds where a reader begins and ends in each partition.
struct PartitionBounds {
    var partitions: [TopicPartition]
    var isolation: IsolationLevel
    var admin: AdminClient

    /// - Parameter endsAtEnd: whether to end at what is the end now.
    /// - Returns: where to begin, and the offsets at which to end if it is to.
    func find(
        start: StartPosition, endsAtEnd: Bool
    ) async throws(ClientError) -> (starts: [TopicPartition: SeekPosition], ends: [TopicPartition: Offset]) {
        var ends: [TopicPartition: Offset] = [:]
        if endsAtEnd || start.dependsOnEnd {
            ends = try await offsets(.latest).mapValues { $0.offset ?? 0 }
        }
        if case .offset(let offset) = start { try await check(offset, ends) }
        var starts: [TopicPartition: SeekPosition] = [:]
        for partition in partitions {
            starts[partition] =
                switch start {
                case .beginning: .beginning
                case .end: .offset(ends[partition] ?? 0)
                case .offset(let offset): .offset(offset)
                case .last(let count): .offset(max(0, (ends[partition] ?? 0) &- count))
                case .timestamp(let time): .timestamp(time)
                }
        }
        return (starts, endsAtEnd ? ends : [:])
    }

    /// The offset of each partition's first record that is as young as `time`, which has passed, or its end.
    func ends(at time: Timestamp) async throws(ClientError) -> [TopicPartition: Offset] {
        var ends = try await offsets(.latest).mapValues { $0.offset ?? 0 }
        for (partition, found) in try await offsets(.timestamp(time)) {
            if let offset = found.offset { ends[partition] = offset }
        }
        return ends
    }

    private func offsets(_ spec: OffsetSpec) async throws(ClientError) -> [TopicPartition: ListedOffset] {
        try await admin.listOffsets(
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, spec) }), isolation: isolation)
    }

    /// An offset that is named is meant; one outside of the log is a mistake, which silence would hide.
    private func check(_ offset: Offset, _ ends: [TopicPartition: Offset]) async throws(ClientError) {
        let starts = try await offsets(.earliest)
        for partition in partitions {
            guard let start = starts[partition]?.offset, let end = ends[partition],
                !(start...max(start, end)).contains(offset)
            else { continue }
            throw ClientError(
                .offsetOutOfRange,
                "\(partition) has records from offset \(start) up to, not including, \(end); \(offset) is outside")
        }
    }
}
