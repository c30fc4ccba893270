import BrokerMetadata
import BrokerModel
import BrokerPrimitives

/// Places replicas on brokers: striped over the racks, so that neither a rack nor a broker gets more than its share.
///
/// Inside a rack brokers take turns to lead, those that are not fenced first; racks take turns too, from a start that
/// each partition moves on by one. The first replica, the leader to be, is never a fenced broker.
struct ReplicaPlacement {
    private var racks: [Rack]
    private var firstRack: Int
    private let usable: Int
    private let registered: Int

    private struct Rack {
        var unfenced: [NodeID]
        var fenced: [NodeID]
        var turn: Int

        /// The broker for the `step`-th replica that the rack gets of a partition.
        func broker(_ step: Int) -> NodeID? {
            if step < unfenced.count { return unfenced[(turn + step) % unfenced.count] }
            let rest = step - unfenced.count
            return rest < fenced.count ? fenced[(turn + rest) % fenced.count] : nil
        }
    }

    init(brokers: [BrokerImage], generator: inout some RandomNumberGenerator) {
        let eligible = brokers.filter { !$0.isInControlledShutdown }.sorted { $0.id < $1.id }
        registered = eligible.count
        usable = eligible.filter { !$0.isFenced }.count
        let names = Set(eligible.map { $0.rack ?? "" }).sorted()
        racks = names.map { name in
            let members = eligible.filter { ($0.rack ?? "") == name }
            return Rack(
                unfenced: members.filter { !$0.isFenced }.map(\.id), fenced: members.filter(\.isFenced).map(\.id),
                turn: Int(generator.next() % UInt64(max(members.count, 1))))
        }
        firstRack = racks.isEmpty ? 0 : Int(generator.next() % UInt64(racks.count))
    }

    /// The replicas of the next partition, the leader first.
    mutating func place(replicationFactor: Int) throws(ControllerError) -> [NodeID] {
        guard replicationFactor <= registered else {
            throw ControllerError(
                .invalidReplicationFactor,
                "Unable to replicate the partition \(replicationFactor) time(s): only \(registered) broker(s) are registered."
            )
        }
        guard usable > 0 else {
            throw ControllerError(
                .invalidReplicationFactor,
                "Unable to replicate the partition \(replicationFactor) time(s): all brokers are currently fenced.")
        }
        var replicas: [NodeID] = []
        var steps = [Int](repeating: 0, count: racks.count)
        var rack = firstRack
        var leaderRack = firstRack
        // Each rack gives one replica per round until it has none left; the racks hold enough between them.
        while replicas.count < replicationFactor {
            if let broker = racks[rack].broker(steps[rack]),
                !replicas.isEmpty || racks[rack].unfenced.contains(broker)
            {
                if replicas.isEmpty { leaderRack = rack }
                replicas.append(broker)
                steps[rack] += 1
            }
            rack = (rack + 1) % racks.count
        }
        // A rack's turn moves on when the rack has given a leader: were it every partition's, the turns of several
        // racks would move in step with the racks, and some brokers would never lead.
        racks[leaderRack].turn += 1
        if leaderRack != firstRack { racks[firstRack].turn += 1 }
        firstRack = (firstRack + 1) % racks.count
        return replicas
    }
}
