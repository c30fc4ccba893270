public import BrokerModel

extension PlacementRequest {
    /// Replicas striped over the racks, so that neither a rack nor a broker gets more than its share: what is done
    /// without a placer, and what a placer can build on that only leaves brokers out.
    ///
    /// Inside a rack brokers take turns to lead, those that are not fenced first; racks take turns too, from a start that
    /// each partition moves on by one. The first replica, the leader to be, is never a fenced broker.
    ///
    /// - Throws: `.reject` if there are not as many brokers as replicas, or all are fenced.
    public func striped() throws(PluginError) -> [[NodeID]] {
        guard replicationFactor <= brokers.count else {
            throw .reject(
                "Unable to replicate the partition \(replicationFactor) time(s): only \(brokers.count) broker(s) are "
                    + "registered.")
        }
        guard brokers.contains(where: { !$0.isFenced }) else {
            throw .reject(
                "Unable to replicate the partition \(replicationFactor) time(s): all brokers are currently fenced.")
        }
        var stripes = Stripes(brokers, chance: chance)
        return (0..<max(0, partitionCount)).map { _ in stripes.next(replicationFactor) }
    }
}

/// Deals out brokers, rack by rack.
private struct Stripes {
    private var racks: [Rack]
    private var firstRack: Int

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

    /// - Parameter brokers: at least one, and not all of them fenced.
    init(_ brokers: [PlacementBroker], chance: UInt64) {
        let names = Set(brokers.map { $0.rack ?? "" }).sorted()
        racks = names.enumerated().map { number, name in
            let members = brokers.filter { ($0.rack ?? "") == name }
            return Rack(
                unfenced: members.filter { !$0.isFenced }.map(\.id), fenced: members.filter(\.isFenced).map(\.id),
                turn: Self.number(below: members.count, chance, salt: UInt64(number) + 1))
        }
        firstRack = Self.number(below: names.count, chance, salt: 0)
    }

    /// One of `count` numbers from 0 on; the same for the same chance and salt.
    private static func number(below count: Int, _ chance: UInt64, salt: UInt64) -> Int {
        var mixed = chance &+ salt &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ mixed >> 31) % UInt64(max(count, 1)))
    }

    /// The replicas of the next partition, the leader first.
    ///
    /// - Parameter replicationFactor: at most the number of brokers.
    mutating func next(_ replicationFactor: Int) -> [NodeID] {
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
