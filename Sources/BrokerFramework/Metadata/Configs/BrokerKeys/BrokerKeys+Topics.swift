import BrokerPluginAPI

extension BrokerKeys {
    /// How topics come and go.
    static let topics: [ConfigDefinition] = [
        key("auto.create.topics.enable", .boolean, "true", "Whether a topic that is asked for is created."),
        key("delete.topic.enable", .boolean, "true", "Whether topics may be deleted."),
        key("num.partitions", .int, "1", "The partitions of a topic whose creator does not say.", .positive),
        key(
            "default.replication.factor", .int, "1", "The replicas of a topic whose creator does not say.",
            .range(1...Int64(Int16.max))),
        inert(
            "create.topic.policy.class.name", .class, nil,
            "The plug-in that may refuse the creation of a topic. Here topic.policies names it."),
        inert(
            "alter.config.policy.class.name", .class, nil,
            "The plug-in that may refuse a change of configs. Here topic.policies names it."),
    ]
}
