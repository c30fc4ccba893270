import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerWire

/// Says what is wrong with a change of a topic that the controller itself has nothing against; nil if nothing is.
package typealias TopicJudge = (TopicChange) -> ControllerError?

extension Controller {
    /// What creating a topic means, for a judge.
    func creation(
        of topic: CreateTopicsRequest.CreatableTopic, _ created: TopicImage, configs: [String: String], isDryRun: Bool
    ) -> TopicChange {
        var after = description(of: created, configs: configs)
        if !topic.assignments.isEmpty { after.assignments = created.partitions.map(\.replicas) }
        return TopicChange(.create, before: nil, after: after, defaults: topicDefaults, isDryRun: isDryRun)
    }

    /// What giving a topic more partitions means, for a judge.
    ///
    /// - Parameter assignments: the replicas of the new partitions, where the asker says them.
    func growth(of topic: TopicImage, to count: Int, assignments: [[NodeID]], isDryRun: Bool) -> TopicChange {
        let before = description(of: topic, configs: image.config(of: ConfigResource(.topic, topic.name)))
        var after = before
        after.partitionCount = count
        after.assignments = assignments
        return TopicChange(.addPartitions, before: before, after: after, defaults: topicDefaults, isDryRun: isDryRun)
    }

    /// What setting a topic's configs means, for a judge; nil where nothing changes.
    func alteration(of topic: TopicImage, to configs: [String: String], isDryRun: Bool) -> TopicChange? {
        let present = image.config(of: ConfigResource(.topic, topic.name))
        guard present != configs else { return nil }
        return TopicChange(
            .alterConfigs, before: description(of: topic, configs: present),
            after: description(of: topic, configs: configs), defaults: topicDefaults, isDryRun: isDryRun)
    }

    private func description(of topic: TopicImage, configs: [String: String]) -> TopicDescription {
        var description = TopicDescription(
            name: topic.name, partitionCount: topic.partitions.count,
            replicationFactor: topic.partitions.first?.replicas.count ?? 0)
        // As they are read: a blank before a number must not hide it from a policy.
        for (name, value) in configs {
            description.configs[name] = settings.config.schemas.topic.normalized(name, value)
        }
        return description
    }

    /// What topics have that set nothing.
    private var topicDefaults: [String: String] {
        // No topic has this name.
        let lookup = settings.config.topicLookup("", image: image)
        var defaults: [String: String] = [:]
        for definition in settings.config.schemas.topic.definitions {
            defaults[definition.name] = lookup(definition.name)
        }
        return defaults
    }
}
