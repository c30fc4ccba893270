package import BrokerModel
package import BrokerPrimitives
package import NIOCore

/// The content of `meta.properties`: whose log directory this is.
package struct MetaProperties: Hashable, Sendable {
    package static let fileName = "meta.properties"

    package var clusterID: String
    package var nodeID: NodeID
    /// Nil in directories formatted before Kafka 3.7.
    package var directoryID: KafkaUUID?

    package init(clusterID: String, nodeID: NodeID, directoryID: KafkaUUID?) {
        self.clusterID = clusterID
        self.nodeID = nodeID
        self.directoryID = directoryID
    }

    /// Reads a file's content; nil if it is malformed or of another version than 1.
    package init?(_ bytes: ByteBuffer) {
        var fields: [String: String] = [:]
        for line in String(buffer: bytes).split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            guard let first = line.first, first != "#", first != "!" else { continue }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            fields[Self.trimmed(parts[0])] = Self.unescaped(Self.trimmed(parts[1]))
        }
        guard fields["version"] == "1", let cluster = fields["cluster.id"], !cluster.isEmpty,
            let node = fields["node.id"].flatMap({ Int32($0) }), node >= 0
        else { return nil }
        clusterID = cluster
        nodeID = node
        directoryID = nil
        if let text = fields["directory.id"] {
            guard let id = KafkaUUID(text) else { return nil }
            directoryID = id
        }
    }

    package var encoded: ByteBuffer {
        var text = "#\ncluster.id=\(Self.escaped(clusterID))\n"
        if let directoryID { text += "directory.id=\(directoryID)\n" }
        text += "node.id=\(nodeID)\nversion=1\n"
        return ByteBuffer(string: text)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }

    private static func escaped(_ text: String) -> String {
        String(text.flatMap { "=:#!\\".contains($0) ? ["\\", $0] : [$0] })
    }

    private static func unescaped(_ text: String) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if character == "\\" && !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }
}
