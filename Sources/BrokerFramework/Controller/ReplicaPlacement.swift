import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives

/// Places the replicas of a request's new partitions: as the placer says or, where there is none or its answer cannot be
/// used, striped over the racks.
struct ReplicaPlacement {
    private let placer: (any ReplicaPlacer)?
    private let brokers: [PlacementBroker]
    /// Why the placer's answers were not used, for the log.
    private(set) var remarks: [String] = []

    init(_ placer: (any ReplicaPlacer)?, brokers: some Sequence<BrokerImage>) {
        self.placer = placer
        self.brokers = brokers.filter { !$0.isInControlledShutdown }.sorted { $0.id < $1.id }.map {
            PlacementBroker(id: $0.id, rack: $0.rack, isFenced: $0.isFenced)
        }
    }

    /// The replicas of `count` new partitions of a topic, the leader first; the one place where a placer is called.
    mutating func place(
        _ count: Int, of topic: String, replicationFactor: Int, existing: [[NodeID]] = [],
        generator: inout some RandomNumberGenerator
    ) throws(ControllerError) -> [[NodeID]] {
        let request = PlacementRequest(
            topic: topic, partitionCount: count, replicationFactor: replicationFactor, brokers: brokers,
            existing: existing, chance: generator.next())
        guard let placer else { return try striped(request) }
        do throws(PluginError) {
            let replicas = try placer.place(request)
            guard let problem = request.problem(with: replicas) else { return replicas }
            remarks.append(
                "The replica placer's answer for '\(topic)' is not used, the replicas are striped: it \(problem).")
        } catch {
            switch error.remedy {
            case .reject: throw ControllerError(.invalidReplicationFactor, error.message)
            case .retry: throw ControllerError(.requestTimedOut, error.message)
            case .fallBack:
                remarks.append("The replica placer gave up on '\(topic)', the replicas are striped: \(error.message)")
            }
        }
        return try striped(request)
    }

    private func striped(_ request: PlacementRequest) throws(ControllerError) -> [[NodeID]] {
        do throws(PluginError) { return try request.striped() } catch {
            throw ControllerError(.invalidReplicationFactor, error.message)
        }
    }
}
