import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

extension Controller {
    /// Decides a CreateTopics request, topic by topic: one that fails does not stop the others.
    ///
    /// - Parameters:
    ///   - describes: whether the asker may read a topic's configs, so that the answer tells them.
    ///   - judge: what is asked about each topic that could be created; nil where nobody is.
    ///   - charge: counts partitions against the asker's quota; answers the error if that is used up.
    package func createTopics(
        _ request: CreateTopicsRequest, describes: (String) -> Bool, judge: TopicJudge? = nil,
        charge: (Int) -> ControllerError? = { _ in nil }, generator: inout some RandomNumberGenerator
    ) -> Decision<CreateTopicsResponse> {
        var decision = Decision(reply: CreateTopicsResponse())
        var placement = ReplicaPlacement(settings.placer, brokers: image.brokers.values)
        let repeated = Set(Dictionary(grouping: request.topics, by: \.name).filter { $0.value.count > 1 }.keys)
        // A topic that asks for nothing is work, too.
        let count = request.topics.reduce(0) { $0 + max(1, partitionCount(of: $1)) }
        let isExcessive = count > Self.maximumPartitionsPerRequest
        var seen: Set<String> = []
        for var topic in request.topics where seen.insert(topic.name).inserted {
            var result = CreateTopicsResponse.CreatableTopicResult()
            result.name = topic.name
            result.errorMessage = nil
            do throws(ControllerError) {
                if repeated.contains(topic.name) {
                    throw ControllerError(.invalidRequest, "Duplicate topic name.")
                }
                if isExcessive { throw Self.excessive }
                topic.configs = try underCurrentNames(topic.configs)
                let created = try create(topic, placement: &placement, generator: &generator)
                let configs = Self.configs(of: topic)
                if let judge {
                    let change = creation(of: topic, created, configs: configs, isDryRun: request.validateOnly)
                    if let error = judge(change) { throw error }
                }
                if let error = charge(created.partitions.count) { throw error }
                result.topicID = created.id
                result.numPartitions = Int32(created.partitions.count)
                result.replicationFactor = Int16(clamping: created.partitions[0].replicas.count)
                if describes(topic.name) {
                    result.configs = configEntries(configs)
                } else {
                    result.configs = nil
                    result.topicConfigErrorCode = ErrorCode.topicAuthorizationFailed
                    result.numPartitions = -1
                    result.replicationFactor = -1
                }
                if !request.validateOnly {
                    decision.records += created.records
                    for (name, value) in configs.sorted(by: { $0.key < $1.key }) {
                        let resource = ConfigResource(.topic, topic.name)
                        decision.records.append(.config(.setting(name, to: value, of: resource)))
                    }
                }
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
                result.configs = []
            }
            decision.reply.topics.append(result)
        }
        decision.remarks = placement.remarks
        return decision
    }

    private func create(
        _ topic: CreateTopicsRequest.CreatableTopic, placement: inout ReplicaPlacement,
        generator: inout some RandomNumberGenerator
    ) throws(ControllerError) -> TopicImage {
        if let problem = TopicName.problem(with: topic.name) {
            throw ControllerError(.invalidTopicException, "Topic '\(topic.name.prefix(64))' is invalid: \(problem).")
        }
        if topic.name == TopicName.clusterMetadata {
            throw ControllerError(
                .invalidRequest, "Creation of internal topic \(TopicName.clusterMetadata) is prohibited.")
        }
        if image.topics[topic.name] != nil {
            throw ControllerError(.topicAlreadyExists, "Topic '\(topic.name)' already exists.")
        }
        if let other = image.topics.collision(with: topic.name) {
            throw ControllerError(
                .invalidTopicException, "Topic '\(topic.name)' collides with existing topic: \(other)")
        }
        try checkConfigs(of: topic)
        let replicas = try assignments(for: topic, placement: &placement, generator: &generator)
        let id = KafkaUUID.random(using: &generator)
        return TopicImage(name: topic.name, id: id, partitions: replicas.map(newPartition))
    }

    /// The configs with each key as it is called today.
    private func underCurrentNames(
        _ configs: [CreateTopicsRequest.CreatableTopicConfig]
    ) throws(ControllerError) -> [CreateTopicsRequest.CreatableTopicConfig] {
        let schema = settings.config.schemas.topic
        var spelled: [String: String] = [:]
        var renamed = configs
        for (index, config) in configs.enumerated() {
            renamed[index].name = schema.currentName(of: config.name)
            guard let other = spelled.updateValue(config.name, forKey: renamed[index].name), other != config.name else {
                continue
            }
            throw ControllerError(.invalidConfig, schema.refusalOfBoth(other, config.name))
        }
        return renamed
    }

    private func checkConfigs(of topic: CreateTopicsRequest.CreatableTopic) throws(ControllerError) {
        for config in topic.configs {
            guard let value = config.value else {
                throw ControllerError(
                    .invalidConfig, "Null value not supported for topic configs: \(config.name.excerpt)")
            }
            if let problem = settings.config.schemas.topic.problem(setting: config.name, to: value) {
                throw ControllerError(.invalidConfig, problem)
            }
        }
        let configs = Self.configs(of: topic)
        if let conflict = TopicConfig.conflict(
            changed: configs.keys, schemas: settings.config.schemas, { configs[$0] ?? topicDefault($0) })
        {
            throw ControllerError(.invalidConfig, conflict)
        }
        if let problem = configs[PluginKind.storage.prefix].flatMap(settings.storageProblem) {
            throw ControllerError(.invalidConfig, problem)
        }
    }

    private static func configs(of topic: CreateTopicsRequest.CreatableTopic) -> [String: String] {
        var configs: [String: String] = [:]
        for config in topic.configs { configs[config.name] = config.value }
        return configs
    }

    private func assignments(
        for topic: CreateTopicsRequest.CreatableTopic, placement: inout ReplicaPlacement,
        generator: inout some RandomNumberGenerator
    ) throws(ControllerError) -> [[NodeID]] {
        guard topic.assignments.isEmpty else { return try manualAssignments(for: topic) }
        guard topic.replicationFactor == -1 || topic.replicationFactor > 0 else {
            throw ControllerError(
                .invalidReplicationFactor, "Replication factor was set to an invalid non-positive value.")
        }
        guard topic.numPartitions == -1 || topic.numPartitions > 0 else {
            throw ControllerError(.invalidPartitions, "Number of partitions was set to an invalid non-positive value.")
        }
        let factor = topic.replicationFactor == -1 ? settings.defaultReplicationFactor : Int(topic.replicationFactor)
        return try placement.place(
            partitionCount(of: topic), of: topic.name, replicationFactor: factor, generator: &generator)
    }

    private func manualAssignments(
        for topic: CreateTopicsRequest.CreatableTopic
    ) throws(ControllerError) -> [[NodeID]] {
        if topic.replicationFactor != -1 {
            throw ControllerError(
                .invalidRequest,
                "A manual partition assignment was specified, but replication factor was not set to -1.")
        }
        if topic.numPartitions != -1 {
            throw ControllerError(
                .invalidRequest, "A manual partition assignment was specified, but numPartitions was not set to -1.")
        }
        let sorted = topic.assignments.sorted { $0.partitionIndex < $1.partitionIndex }
        for (number, assignment) in sorted.enumerated() where Int(assignment.partitionIndex) != number {
            throw ControllerError(
                .invalidReplicaAssignment, "partitions should be a consecutive 0-based integer sequence.")
        }
        let factor = sorted[0].brokerIDs.count
        for assignment in sorted { try check(assignment.brokerIDs, replicationFactor: factor) }
        return sorted.map(\.brokerIDs)
    }

    private func configEntries(_ set: [String: String]) -> [CreateTopicsResponse.CreatableTopicConfigs] {
        settings.config.schemas.topic.definitions.map { definition in
            var entry = CreateTopicsResponse.CreatableTopicConfigs()
            let effective = ConfigValue.ofTopic(definition, set: set, image: image, config: settings.config)
            entry.name = definition.name
            entry.isSensitive = definition.type == .password
            entry.value = entry.isSensitive ? nil : effective.value
            entry.readOnly = definition.isReadOnly
            entry.configSource = effective.source.rawValue
            return entry
        }
    }
}

extension Controller {
    func topicDefault(_ name: String) -> String? {
        settings.config.schemas.topic[name].flatMap { definition in
            ConfigValue.ofTopic(definition, set: [:], image: image, config: settings.config).value
        }
    }

    /// How many partitions a topic asks for; 0 if what it asks for makes no sense.
    func partitionCount(of topic: CreateTopicsRequest.CreatableTopic) -> Int {
        if !topic.assignments.isEmpty { return topic.assignments.count }
        return topic.numPartitions == -1 ? settings.defaultPartitionCount : max(0, Int(topic.numPartitions))
    }

    /// The answer to every topic of a request that asks for too much: nothing of it is done.
    static let excessive = ControllerError(
        .policyViolation,
        "Excessively large number of partitions per request: at most \(maximumPartitionsPerRequest) can be created at "
            + "once.")

    func newPartition(_ replicas: [NodeID]) -> PartitionImage {
        let directories = replicas.map { replica in
            let known = image.brokers[replica]?.logDirectories ?? []
            // With one directory there is no choice to wait for.
            return known.count == 1 ? known[0] : KafkaUUID.zero
        }
        let leader = replicas.first { image.brokers[$0]?.isFenced == false } ?? -1
        var partition = PartitionImage(replicas: replicas, leader: leader, directories: directories)
        let live = replicas.filter { image.brokers[$0]?.isFenced == false }
        if live.count < replicas.count, !live.isEmpty { partition.isr = live }
        return partition
    }

    func check(_ replicas: [NodeID], replicationFactor: Int) throws(ControllerError) {
        if replicas.isEmpty {
            throw ControllerError(
                .invalidReplicaAssignment, "The manual partition assignment includes an empty replica list.")
        }
        if Set(replicas).count != replicas.count {
            throw ControllerError(
                .invalidReplicaAssignment,
                "The manual partition assignment includes the broker \(replicas) more than once.")
        }
        for replica in replicas where image.brokers[replica] == nil {
            throw ControllerError(
                .invalidReplicaAssignment,
                "The manual partition assignment includes broker \(replica), but no such broker is registered.")
        }
        if replicas.count != replicationFactor {
            throw ControllerError(
                .invalidReplicaAssignment,
                "The manual partition assignment includes a partition with \(replicas.count) replica(s), but this is "
                    + "not consistent with previous partitions, which have \(replicationFactor) replica(s).")
        }
        if !replicas.contains(where: { image.brokers[$0]?.isFenced == false }) {
            throw ControllerError(
                .invalidReplicaAssignment, "All brokers specified in the manual partition assignment are fenced.")
        }
    }
}
