package import BrokerModel
package import BrokerPrimitives

/// The names of files in a partition's directory.
package enum LogFileName {
    package static let leaderEpochCheckpoint = "leader-epoch-checkpoint"
    package static let partitionMetadata = "partition.metadata"

    /// What a file of a segment holds; the raw value is the ending of its name.
    package enum Kind: String, Sendable, CaseIterable {
        case log
        case offsetIndex = "index"
        case timeIndex = "timeindex"
        case transactionIndex = "txnindex"
        case snapshot
    }

    /// What a file of a segment goes through before or after it counts.
    package enum Stage: String, Sendable {
        /// Waits to be unlinked.
        case deleted
        /// Is being written by cleaning.
        case cleaned
        /// Is complete and takes the place of others.
        case swap
    }

    /// `00000000000000000042.log`.
    package static func segment(_ baseOffset: Offset, _ kind: Kind) -> String {
        decimal(baseOffset, digits: 20) + "." + kind.rawValue
    }

    /// Reads the name of a segment's file; nil for another name.
    package static func parse(_ name: String) -> (baseOffset: Offset, kind: Kind, stage: Stage?)? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, let offset = number(parts[0], digits: 20),
            let kind = Kind(rawValue: String(parts[1]))
        else { return nil }
        guard parts.count == 3 else { return (offset, kind, nil) }
        guard let stage = Stage(rawValue: String(parts[2])) else { return nil }
        return (offset, kind, stage)
    }

    static func decimal(_ value: some BinaryInteger, digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(digits - text.count, 0)) + text
    }

    static func number(_ text: Substring, digits: Int) -> Int64? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
        else { return nil }
        return Int64(text)
    }
}

/// The id and the name of a snapshot of the metadata log: `<end offset, 20 digits>-<epoch, 10 digits>.checkpoint`.
package struct MetadataSnapshotName: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var endOffset: Offset
    package var epoch: LeaderEpoch

    package init(endOffset: Offset, epoch: LeaderEpoch) {
        self.endOffset = endOffset
        self.epoch = epoch
    }

    package enum Stage: Hashable, Sendable {
        case complete
        case part
        case deleted
    }

    /// Reads a file's name; nil for another name.
    package static func parse(_ name: String) -> (id: MetadataSnapshotName, stage: Stage)? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, parts[1] == "checkpoint" else { return nil }
        let numbers = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard numbers.count == 2, let offset = LogFileName.number(numbers[0], digits: 20),
            let epoch = LogFileName.number(numbers[1], digits: 10).flatMap({ Int32(exactly: $0) })
        else { return nil }
        let id = MetadataSnapshotName(endOffset: offset, epoch: epoch)
        if parts.count == 2 { return (id, .complete) }
        switch parts[2] {
        case "part": return (id, .part)
        case "deleted": return (id, .deleted)
        default: return nil
        }
    }

    package var description: String {
        LogFileName.decimal(endOffset, digits: 20) + "-" + LogFileName.decimal(epoch, digits: 10) + ".checkpoint"
    }

    package static func < (left: MetadataSnapshotName, right: MetadataSnapshotName) -> Bool {
        (left.endOffset, left.epoch) < (right.endOffset, right.epoch)
    }
}

/// The name of a partition's directory: `topic-0`, or with a suffix when it is not the partition's own.
package struct PartitionDirectoryName: Hashable, Sendable, CustomStringConvertible {
    package enum Suffix: String, Hashable, Sendable, CaseIterable {
        /// The topic was deleted; removed after a delay.
        case delete
        /// Being filled in this log directory to take another's place.
        case future
        /// On disk, but not in the cluster's metadata.
        case stray
    }

    /// With a suffix the topic's name may be cut short.
    package var partition: TopicPartition
    package var suffix: Suffix?
    /// Tells directories of one partition with the same suffix apart: 32 hexadecimal digits.
    package var unique: KafkaUUID

    package init(_ partition: TopicPartition, suffix: Suffix? = nil, unique: KafkaUUID = .zero) {
        self.partition = partition
        self.suffix = suffix
        self.unique = unique
    }

    /// Reads a directory's name; nil for one that is no partition's.
    package init?(_ name: String) {
        var body = name[...]
        suffix = nil
        unique = .zero
        for candidate in Suffix.allCases where name.hasSuffix("-" + candidate.rawValue) {
            let end = body.dropLast(candidate.rawValue.utf8.count + 1)
            guard let dot = end.lastIndex(of: "."), let id = Self.identifier(end[end.index(after: dot)...]) else {
                continue
            }
            body = end[..<dot]
            suffix = candidate
            unique = id
        }
        guard let dash = body.lastIndex(of: "-") else { return nil }
        let digits = body[body.index(after: dash)...]
        let topic = String(body[..<dash])
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let index = Int32(digits),
            TopicName.problem(with: topic) == nil
        else { return nil }
        partition = TopicPartition(topic: topic, partition: index)
    }

    /// At most 255 characters: with a suffix, a long topic name is cut.
    package var description: String {
        guard let suffix else { return partition.description }
        let tail = "-\(partition.partition).\(Self.hexadecimal(unique))-\(suffix.rawValue)"
        return String(decoding: partition.topic.utf8.prefix(255 - tail.utf8.count), as: UTF8.self) + tail
    }

    private static func identifier(_ text: Substring) -> KafkaUUID? {
        guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.dropFirst(16), radix: 16)
        else { return nil }
        return KafkaUUID(high: high, low: low)
    }

    private static func hexadecimal(_ id: KafkaUUID) -> String {
        [id.high, id.low].map { half in
            let text = String(half, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
    }
}
