package import BrokerModel
package import NIOCore

/// Kafka's checkpoint files: a line with the version 0, a line with the number of entries, a line for each.
package enum CheckpointText {
    /// A partition's offset in one of the checkpoint files of a log directory.
    package typealias Offsets = [TopicPartition: Offset]

    /// The file's content, sorted by partition.
    package static func encode(_ offsets: Offsets) -> ByteBuffer {
        encode(lines: offsets.sorted { $0.key < $1.key }.map { "\($0.key.topic) \($0.key.partition) \($0.value)" })
    }

    /// Reads a file's content; nil if anything in it is not as it should be.
    package static func decodeOffsets(_ bytes: ByteBuffer) -> Offsets? {
        guard let lines = lines(of: bytes) else { return nil }
        var offsets = Offsets(minimumCapacity: lines.count)
        for fields in lines {
            guard fields.count == 3, let partition = Int32(fields[1]), partition >= 0, let offset = Int64(fields[2]),
                offset >= 0
            else { return nil }
            offsets[TopicPartition(topic: String(fields[0]), partition: partition)] = offset
        }
        return offsets
    }

    package static func encode(_ epochs: LeaderEpochs) -> ByteBuffer {
        encode(lines: epochs.entries.map { "\($0.epoch) \($0.startOffset)" })
    }

    /// Reads a `leader-epoch-checkpoint`; nil if anything in it is not as it should be.
    package static func decodeEpochs(_ bytes: ByteBuffer) -> LeaderEpochs? {
        guard let lines = lines(of: bytes) else { return nil }
        var entries: [LeaderEpochs.Entry] = []
        for fields in lines {
            guard fields.count == 2, let epoch = Int32(fields[0]), epoch >= 0, let offset = Int64(fields[1]),
                offset >= 0
            else { return nil }
            entries.append(LeaderEpochs.Entry(epoch: epoch, startOffset: offset))
        }
        return LeaderEpochs(entries)
    }

    private static func encode(lines: [String]) -> ByteBuffer {
        var bytes = ByteBuffer(string: "0\n\(lines.count)\n")
        for line in lines { bytes.writeString(line + "\n") }
        return bytes
    }

    private static func lines(of bytes: ByteBuffer) -> [[Substring]]? {
        let text = String(buffer: bytes)
        let lines = text.split { $0 == "\n" || $0 == "\r\n" }
        guard lines.count >= 2, lines[0] == "0", let count = Int(lines[1]), count == lines.count - 2 else { return nil }
        return lines.dropFirst(2).map { $0.split(separator: " ") }
    }
}
