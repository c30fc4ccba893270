import BrokerConsensus
import BrokerPrimitives

/// A node: a disk that outlives crashes, and while it runs a replica with its driver and state machine.
struct Node {
    let key: ReplicaKey
    var life = 0
    var replica: RaftReplica?
    var disk = Disk()
    /// What its monotonic clock is ahead of the world's.
    var clockOffset: Int64 = 0
    var armedFor: Int64 = .max

    // The state machine: how far it got, and a digest of all it applied.
    var appliedOffset: Int64 = 0
    var digest: UInt64 = 0

    /// Who waits for which answer, by request token.
    var askers: [UInt64: Asker] = [:]
    var lastToken: UInt64 = 0
    var lastFlush: UInt64 = 0

    struct Asker {
        let node: Int32
        let correlation: CorrelationID
        let life: Int
        let isPreVote: Bool
    }

    init(id: Int32) { key = ReplicaKey(id: id, directoryID: KafkaUUID(high: 0xD1, low: UInt64(id))) }

    var isUp: Bool { replica != nil }

    static func digest(_ digest: UInt64, adding entry: Entry) -> UInt64 {
        var mixed = digest ^ UInt64(bitPattern: entry.value) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(entry.epoch)
        mixed = (mixed ^ mixed >> 29) &* 0xBF58_476D_1CE4_E5B9
        return mixed ^ mixed >> 32
    }
}
