package import BrokerPrimitives

/// Names a replica: its node id and the id of the directory its metadata log lies in (KIP-853).
///
/// A directory id of `KafkaUUID.zero` says that it is not known, as with statically configured voters.
package struct ReplicaKey: Hashable, Sendable, Comparable {
    package let id: Int32
    package let directoryID: KafkaUUID

    package init(id: Int32, directoryID: KafkaUUID = .zero) {
        self.id = id
        self.directoryID = directoryID
    }

    package static func < (left: ReplicaKey, right: ReplicaKey) -> Bool {
        (left.id, left.directoryID) < (right.id, right.directoryID)
    }
}

/// One listener of a node. The core carries endpoints from message to message and never looks into them.
package struct Endpoint: Hashable, Sendable {
    package let listenerName: String
    package let host: String
    package let port: UInt16

    package init(listenerName: String, host: String, port: UInt16) {
        self.listenerName = listenerName
        self.host = host
        self.port = port
    }
}

/// A member of the quorum.
package struct Voter: Hashable, Sendable {
    package let key: ReplicaKey
    package let endpoints: [Endpoint]

    package init(key: ReplicaKey, endpoints: [Endpoint] = []) {
        self.key = key
        self.endpoints = endpoints
    }
}

/// The members of the quorum, in ascending order of id; at most one per id.
///
/// A value, so that a later milestone can change it by a record in the log (KIP-853: AddVoter, RemoveVoter, UpdateVoter).
/// Today it is given at start and does not change.
package struct VoterSet: Hashable, Sendable {
    package let voters: [Voter]

    /// Keeps the first of several voters with the same id.
    package init(_ voters: [Voter]) {
        var distinct: [Voter] = []
        for voter in voters where !distinct.contains(where: { $0.key.id == voter.key.id }) { distinct.append(voter) }
        self.voters = distinct.sorted { $0.key.id < $1.key.id }
    }

    package var count: Int { voters.count }
    package var ids: [Int32] { voters.map(\.key.id) }

    /// How many voters are more than half of them.
    package var majority: Int { voters.count / 2 + 1 }

    package subscript(id: Int32) -> Voter? { voters.first { $0.key.id == id } }

    /// Whether `key` is a member: the id is, and the directory is the one registered, where one is.
    package func contains(_ key: ReplicaKey) -> Bool {
        guard let voter = self[key.id] else { return false }
        return voter.key.directoryID == .zero || voter.key.directoryID == key.directoryID
    }

    /// Whether `key` is the only member.
    package func isOnly(_ key: ReplicaKey) -> Bool { count == 1 && contains(key) }
}
