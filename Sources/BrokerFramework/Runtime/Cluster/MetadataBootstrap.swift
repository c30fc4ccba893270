internal import BrokerCommitLog
internal import BrokerController
internal import BrokerMetadata
package import BrokerModel
package import BrokerPluginAPI
package import BrokerPrimitives
package import BrokerWire
internal import NIOCore

/// What a new cluster's metadata directory begins with, as `kafka-storage format --standalone` leaves it.
///
/// `bootstrap.checkpoint` has the first metadata records, which the first leader writes to the log; the snapshot at
/// offset 0 has the quorum's version and its one voter (KIP-853).
package struct MetadataBootstrap {
    /// A voter of the metadata quorum.
    package struct Voter: Hashable, Sendable {
        package var id: NodeID
        package var directoryID: KafkaUUID
        package var listener: String
        package var host: String
        package var port: UInt16

        package init(id: NodeID, directoryID: KafkaUUID, listener: String, host: String, port: UInt16) {
            self.id = id
            self.directoryID = directoryID
            self.listener = listener
            self.host = host
            self.port = port
        }
    }

    package static let fileName = "bootstrap.checkpoint"
    private static let quorumSnapshot = MetadataSnapshotName(endOffset: 0, epoch: 0)

    /// Writes both files. May block.
    package static func write(voter: Voter, storage: any StorageBackend, now: Timestamp) throws {
        let metadataVersion = Controller.latestMetadataVersion
        let records = Controller.bootstrapRecords(metadataVersion: metadataVersion)
        let root = MetadataSnapshots(storage: storage, directory: "")
        _ = try root.write(
            fileName, epoch: 0, records: records, control: [], metadataVersion: metadataVersion,
            lastContainedTimestamp: 0, now: now)
        var version = KRaftVersionRecord()
        version.kraftVersion = 1
        let control: [(ControlRecordType, ByteBuffer)] = [
            (.kraftVersion, try version.encode(version: 0)), (.kraftVoters, try voters([voter]).encode(version: 0)),
        ]
        let quorum = MetadataSnapshots(storage: storage, directory: MetadataLog.directory)
        _ = try quorum.write(
            "\(quorumSnapshot)", epoch: 0, records: [], control: control, metadataVersion: metadataVersion,
            lastContainedTimestamp: 0, now: now)
    }

    /// The records of `bootstrap.checkpoint`; nil if there is no such file.
    package static func records(storage: any StorageBackend) throws -> [MetadataRecord]? {
        let root = MetadataSnapshots(storage: storage, directory: "")
        guard try storage.list("").contains(where: { $0.name == fileName }) else { return nil }
        var records: [MetadataRecord] = []
        for batch in try root.read(fileName) where !batch.header.attributes.contains(.control) {
            var sequence = batch.records
            while let record = try sequence.next() {
                guard let value = record.value else { continue }
                records.append(try MetadataRecord.decodeFramed(value).record)
            }
        }
        return records
    }

    static func voters(_ voters: [Voter]) -> VotersRecord {
        var record = VotersRecord()
        record.voters = voters.map { voter in
            VotersRecord.Voter(
                voterID: voter.id, voterDirectoryID: voter.directoryID,
                endpoints: [.init(name: voter.listener, host: voter.host, port: voter.port)],
                kraftVersionFeature: .init(minSupportedVersion: 0, maxSupportedVersion: 1))
        }
        return record
    }
}
