import BrokerController
import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerTestKit
import BrokerWire
import Testing

/// Where replicas come to stand, seen through the topics that are created.
struct ReplicaPlacementTests {
    /// Brokers at random over racks of any sizes, some of them fenced.
    private func randomCluster(_ seed: UInt64) throws -> (cluster: Cluster, racks: [NodeID: String]) {
        var random = SplitMix(seed: seed)
        var cluster = try Cluster()
        cluster.generator = SplitMix(seed: seed &+ 1000)
        var racks: [NodeID: String] = [:]
        for broker in 1...NodeID(random.number(1...12)) {
            let rack = "r\(random.number(0...3))"
            let isFenced = broker > 1 && random.number(0...3) == 0
            racks[broker] = rack
            try cluster.add(broker, rack: rack, fenced: isFenced)
        }
        return (cluster, racks)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `replicas are distinct brokers, spread over the racks, led by one that is not fenced`(seed: UInt64) throws {
        var (cluster, racks) = try randomCluster(seed)
        var sizes: [String: Int] = [:]
        for rack in racks.values { sizes[rack, default: 0] += 1 }
        for factor in 1...racks.count {
            let name = "t\(factor)"
            #expect(try cluster.create(.automatic(name, partitions: 9, factor: Int16(factor)))[0].errorCode == .none)
            for partition in try cluster.topic(name).partitions {
                #expect(partition.replicas.count == factor && Set(partition.replicas).count == factor)
                #expect(partition.leader == partition.replicas[0])
                #expect(cluster.controller.image.brokers[partition.leader]?.isFenced == false)
                #expect(
                    partition.isr
                        == partition.replicas.filter { cluster.controller.image.brokers[$0]?.isFenced == false })
                // No rack has two more than another one that still has a broker to give.
                var held: [String: Int] = [:]
                for replica in partition.replicas { held[racks[replica] ?? "", default: 0] += 1 }
                for (rack, size) in sizes where held[rack, default: 0] < size {
                    let most = held.values.max() ?? 0
                    #expect(most <= held[rack, default: 0] + 1, "seed \(seed), factor \(factor)")
                }
            }
        }
    }

    @Test(arguments: [(1, 6), (2, 2), (2, 3), (3, 2), (3, 3), (4, 1)], 1...3)
    func `where racks are alike every broker leads and holds as many`(shape: (racks: Int, size: Int), factor: Int)
        throws
    {
        let count = shape.racks * shape.size
        guard factor <= count else { return }
        for seed in 0..<5 as Range<UInt64> {
            var cluster = try Cluster()
            cluster.generator = SplitMix(seed: seed)
            for broker in 0..<count { try cluster.add(NodeID(broker + 1), rack: "r\(broker % shape.racks)") }
            let partitions = count * 4
            _ = try cluster.create(.automatic("t", partitions: Int32(partitions), factor: Int16(factor)))
            var leads: [NodeID: Int] = [:]
            var holds: [NodeID: Int] = [:]
            for partition in try cluster.topic("t").partitions {
                leads[partition.leader, default: 0] += 1
                for replica in partition.replicas { holds[replica, default: 0] += 1 }
            }
            #expect(leads.count == count && Set(leads.values) == [4], "leaders \(leads), seed \(seed)")
            #expect(holds.count == count && Set(holds.values) == [4 * factor], "replicas \(holds), seed \(seed)")
        }
    }

    @Test func `a broker that is leaving gets nothing`() throws {
        var cluster = try Cluster(brokers: 2)
        try cluster.add(3, leaving: true)
        _ = try cluster.create(.automatic("t", partitions: 20, factor: 2))
        for partition in try cluster.topic("t").partitions { #expect(!partition.replicas.contains(3)) }
        #expect(try cluster.create(.automatic("u", factor: 3))[0].errorCode == .invalidReplicationFactor)
    }

    @Test func `brokers without a rack are one rack`() throws {
        var cluster = try Cluster(brokers: 4)
        _ = try cluster.create(.automatic("t", partitions: 8, factor: 2))
        let leaders = try cluster.topic("t").partitions.map(\.leader)
        #expect(Set(leaders) == [1, 2, 3, 4])
    }
}
