internal import BrokerCommitLog
package import BrokerConsensus
internal import BrokerModel
import BrokerPrimitives
package import BrokerWire
internal import NIOCore

/// Who is in the metadata quorum, as its control records say (KIP-853), and by which version of the rules.
package struct QuorumMembership: Sendable {
    /// 0 for voters named in the configuration, 1 for voters named in the log.
    package private(set) var kraftVersion: Int16 = 0
    /// Nil with `kraftVersion` 0.
    package private(set) var record: VotersRecord?

    package init() {}

    /// Takes note of a control batch.
    mutating func apply(_ batch: RecordBatch) throws {
        guard batch.header.attributes.contains(.control) else { return }
        var records = batch.records
        while let record = try records.next() {
            guard let key = record.key, let value = record.value else { continue }
            switch ControlRecordType(key: key) {
            case .kraftVersion:
                kraftVersion = try ControlRecordBody.decode(KRaftVersionRecord.self, value).kraftVersion
            case .kraftVoters: self.record = try ControlRecordBody.decode(VotersRecord.self, value)
            default: break
            }
        }
    }

    /// The voters; a quorum whose voters are not in the log has this node alone.
    package func voters(self node: ReplicaKey, endpoints: [Endpoint]) -> VoterSet {
        guard kraftVersion > 0, let record else {
            return VoterSet([Voter(key: ReplicaKey(id: node.id), endpoints: endpoints)])
        }
        return VoterSet(
            record.voters.map { voter in
                Voter(
                    key: ReplicaKey(id: voter.voterID, directoryID: voter.voterDirectoryID),
                    endpoints: voter.endpoints.map {
                        Endpoint(listenerName: $0.name, host: $0.host, port: $0.port)
                    })
            })
    }

    /// The control records that say the same in a snapshot.
    func snapshotRecords() throws -> [(ControlRecordType, ByteBuffer)] {
        guard kraftVersion > 0 else { return [] }
        var version = KRaftVersionRecord()
        version.kraftVersion = kraftVersion
        var records: [(ControlRecordType, ByteBuffer)] = [(.kraftVersion, try version.encode(version: 0))]
        if let record { records.append((.kraftVoters, try record.encode(version: 0))) }
        return records
    }
}
