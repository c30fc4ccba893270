package import BrokerPrimitives
package import NIOCore

/// The content of `partition.metadata`: which topic the directory belongs to, beyond its name.
package enum PartitionMetadata {
    package static func encode(_ topicID: KafkaUUID) -> ByteBuffer {
        ByteBuffer(string: "version: 0\ntopic_id: \(topicID)")
    }

    /// Reads a file's content; nil if anything in it is not as it should be.
    package static func decode(_ bytes: ByteBuffer) -> KafkaUUID? {
        var id: KafkaUUID?
        var version: String?
        for line in String(buffer: bytes).split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            let fields = line.split(separator: ":", maxSplits: 1)
            guard fields.count == 2 else { return nil }
            let value = String(fields[1].drop { $0 == " " })
            switch fields[0] {
            case "version": version = value
            case "topic_id": id = KafkaUUID(value)
            default: return nil
            }
        }
        return version == "0" ? id : nil
    }
}
