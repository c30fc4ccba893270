package import BrokerMetadata
package import BrokerModel
import BrokerPrimitives
package import BrokerWire

extension Controller {
    /// Decides the registration of a broker that starts, and that it may be told to clients.
    ///
    /// The broker's data directory is locked by its process, so an older registration of the same id is over: there
    /// is no session to wait for.
    ///
    /// - Parameters:
    ///   - nextOffset: the offset of the first record decided here, which becomes the broker's epoch.
    ///   - recovered: partitions whose log was recovered after a crash. They get a new leader epoch, so that readers
    ///     can tell what was written after the crash from what may have been lost in it.
    package func register(
        _ broker: BrokerImage, nextOffset: Offset, recovered: [(topic: TopicID, partition: PartitionIndex)]
    ) -> Decision<Int64> {
        var broker = broker
        broker.epoch = nextOffset
        broker.isFenced = true
        var unfence = BrokerRegistrationChangeRecord()
        unfence.brokerID = broker.id
        unfence.brokerEpoch = nextOffset
        unfence.fenced = -1
        var records: [MetadataRecord] = [.registerBroker(broker.record), .brokerRegistrationChange(unfence)]
        for (topic, partition) in recovered {
            guard image.topics.partition(partition, of: topic)?.leader == broker.id else { continue }
            records.append(.partitionChange(.electing(broker.id, partition: partition, of: topic)))
        }
        records += electionsOfLeaderless(broker: broker.id)
        return Decision(records: records, reply: nextOffset)
    }

    /// Decides that a broker that stops is not there any more, so that whoever starts on its directory next need not
    /// wait for it to be missed.
    package func fence(_ broker: NodeID) -> Decision<Void> {
        guard let registered = image.brokers[broker], !registered.isFenced else { return Decision(reply: ()) }
        var change = BrokerRegistrationChangeRecord()
        change.brokerID = broker
        change.brokerEpoch = registered.epoch
        change.fenced = 1
        return Decision(records: [.brokerRegistrationChange(change)], reply: ())
    }

    /// Partitions without a leader that the broker that came can lead without losing a record (KIP-966): it is in
    /// sync, or eligible, or the last leader known where nobody else is either.
    private func electionsOfLeaderless(broker: NodeID) -> [MetadataRecord] {
        var records: [MetadataRecord] = []
        for topic in image.topics.all.sorted(by: { $0.id < $1.id }) {
            for (number, partition) in topic.partitions.enumerated() where partition.leader == -1 {
                var change = PartitionChangeRecord.electing(broker, partition: PartitionIndex(number), of: topic.id)
                if !partition.lastKnownEligibleLeaderReplicas.isEmpty { change.lastKnownElr = [] }
                if partition.isr.contains(broker) {
                    records.append(.partitionChange(change))
                } else if partition.eligibleLeaderReplicas.contains(broker) {
                    change.isr = [broker]
                    change.eligibleLeaderReplicas = partition.eligibleLeaderReplicas.filter { $0 != broker }
                    records.append(.partitionChange(change))
                } else if partition.isr.isEmpty, partition.eligibleLeaderReplicas.isEmpty,
                    partition.lastKnownEligibleLeaderReplicas.first == broker
                {
                    change.isr = [broker]
                    records.append(.partitionChange(change))
                }
            }
        }
        return records
    }

    /// Decides that a broker that is gone for good is forgotten. What it led or was in sync with goes to those that are
    /// still there.
    package func unregister(_ request: UnregisterBrokerRequest) -> Decision<UnregisterBrokerResponse> {
        var decision = Decision(reply: UnregisterBrokerResponse(errorMessage: nil))
        guard let broker = image.brokers[request.brokerID] else {
            decision.reply.errorCode = .brokerIdNotRegistered
            decision.reply.errorMessage = "Broker ID \(request.brokerID) is not currently registered."
            return decision
        }
        guard broker.isFenced else {
            decision.reply.errorCode = .invalidRequest
            decision.reply.errorMessage = "Broker \(broker.id) is running; stop it before it is unregistered."
            return decision
        }
        for topic in image.topics.all.sorted(by: { $0.id < $1.id }) {
            for (number, partition) in topic.partitions.enumerated() where partition.isr.contains(broker.id) {
                let rest = partition.isr.filter { $0 != broker.id }
                guard !rest.isEmpty else { continue }
                var change = PartitionChangeRecord()
                change.partitionID = PartitionIndex(number)
                change.topicID = topic.id
                change.isr = rest
                if partition.leader == broker.id { change.leader = rest.first(where: isLive) ?? -1 }
                decision.records.append(.partitionChange(change))
            }
        }
        var record = UnregisterBrokerRecord()
        record.brokerID = broker.id
        record.brokerEpoch = broker.epoch
        decision.records.append(.unregisterBroker(record))
        return decision
    }

    /// Decides which producer ids a broker may give out next; answers the first of them.
    package func allocateProducerIDs(broker: NodeID, brokerEpoch: Int64) -> Decision<ProducerID> {
        var record = ProducerIdsRecord()
        record.brokerID = broker
        record.brokerEpoch = brokerEpoch
        record.nextProducerID = image.nextProducerID + ProducerID(Self.producerIDBlockSize)
        return Decision(records: [.producerIDs(record)], reply: image.nextProducerID)
    }

    /// How many producer ids a broker gets at once.
    package static let producerIDBlockSize = 1000

    /// The records that begin a new cluster's metadata.
    package static func bootstrapRecords(metadataVersion: Int16) -> [MetadataRecord] {
        var record = FeatureLevelRecord()
        record.name = "metadata.version"
        record.featureLevel = metadataVersion
        return [.featureLevel(record)]
    }

    /// The metadata version of Kafka 4.3 (4.3-IV0).
    package static let latestMetadataVersion: Int16 = 30
    /// The oldest metadata version that is understood (3.3-IV3).
    package static let oldestMetadataVersion: Int16 = 7
}

extension PartitionChangeRecord {
    /// Makes `leader` the leader, with a new leader epoch.
    package static func electing(
        _ leader: NodeID, partition: PartitionIndex, of topic: TopicID
    ) -> PartitionChangeRecord {
        var change = PartitionChangeRecord()
        change.partitionID = partition
        change.topicID = topic
        change.leader = leader
        return change
    }
}
