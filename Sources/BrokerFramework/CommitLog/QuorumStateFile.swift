package import BrokerModel
package import BrokerPrimitives
package import NIOCore

/// The content of `quorum-state`: what a member of the Raft quorum must not forget. Written as version 1 (KIP-853),
/// version 0 is read too.
package struct QuorumStateFile: Hashable, Sendable {
    package static let fileName = "quorum-state"

    /// −1 if unknown.
    package var leaderID: NodeID
    package var leaderEpoch: LeaderEpoch
    /// −1 if no vote was given in this epoch.
    package var votedID: NodeID
    package var votedDirectoryID: KafkaUUID

    package init(
        leaderID: NodeID = -1, leaderEpoch: LeaderEpoch = 0, votedID: NodeID = -1, votedDirectoryID: KafkaUUID = .zero
    ) {
        self.leaderID = leaderID
        self.leaderEpoch = leaderEpoch
        self.votedID = votedID
        self.votedDirectoryID = votedDirectoryID
    }

    /// Reads a file's content; nil if it is malformed or of a later version.
    package init?(_ bytes: ByteBuffer) {
        guard let json = FlatJSON(bytes), let version = json.numbers["data_version"], version == 0 || version == 1,
            let leader = json.numbers["leaderId"].flatMap({ Int32(exactly: $0) }),
            let epoch = json.numbers["leaderEpoch"].flatMap({ Int32(exactly: $0) }),
            let voted = json.numbers["votedId"].flatMap({ Int32(exactly: $0) })
        else { return nil }
        self.init(leaderID: leader, leaderEpoch: epoch, votedID: voted)
        guard version == 1 else { return }
        guard let id = json.strings["votedDirectoryId"].flatMap({ KafkaUUID($0) }) else { return nil }
        votedDirectoryID = id
    }

    package var encoded: ByteBuffer {
        ByteBuffer(
            string: "{\"leaderId\":\(leaderID),\"leaderEpoch\":\(leaderEpoch),\"votedId\":\(votedID),"
                + "\"votedDirectoryId\":\"\(votedDirectoryID)\",\"data_version\":1}")
    }
}

/// The content of `.kafka_cleanshutdown`: that the log directory was left in order, and by which broker epoch.
package struct CleanShutdownFile: Hashable, Sendable {
    package static let fileName = ".kafka_cleanshutdown"

    /// −1 if unknown, as in the empty file that brokers before 3.6 wrote.
    package var brokerEpoch: Int64

    package init(brokerEpoch: Int64) { self.brokerEpoch = brokerEpoch }

    package init(_ bytes: ByteBuffer) {
        brokerEpoch = FlatJSON(bytes).flatMap { $0.numbers["version"] == 0 ? $0.numbers["brokerEpoch"] : nil } ?? -1
    }

    package var encoded: ByteBuffer { ByteBuffer(string: "{\"version\":0,\"brokerEpoch\":\(brokerEpoch)}") }
}
