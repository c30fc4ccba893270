internal import BrokerModel
public import BrokerPluginAPI

/// What brokers and topics can be configured with, where a broker has certain plug-ins: Kafka's keys, the keys that choose
/// plug-ins, and the plug-ins' own options.
///
/// A topic's options have defaults of the same name in the broker's configuration.
public struct ConfigSchemas: Sendable {
    public let plugins: PluginSet
    public let topic: ConfigSchema
    public let broker: ConfigSchema

    /// Kafka's keys and no plug-in's.
    public static let kafka = ConfigSchemas(.none)

    public init(_ plugins: PluginSet) {
        self.plugins = plugins
        let added =
            Self.choices(plugins) + Self.interceptors(plugins) + Self.customCompression(plugins)
            + Self.options(plugins) { $0.isPerTopic }
        topic = ConfigSchema(
            ConfigSchema.topic.definitions.map { Self.withPlugins($0, plugins) }
                + added.map { definition in
                    var definition = definition
                    definition.synonyms = [ConfigSynonym(definition.name)]
                    // A topic gets new instances at any time.
                    definition.updateMode = .clusterWide
                    return definition
                } + Self.topicStorage(plugins), absent: Self.absent(plugins, isTopic: true))
        broker = ConfigSchema(
            ConfigSchema.broker.definitions.map { Self.withPlugins($0, plugins) }
                + added.map { definition in
                    var twin = definition
                    twin.documentation += " The default of the topic config \(definition.name)."
                    return twin
                } + Self.brokerChoices(plugins)
                + Self.options(plugins) { !$0.isPerTopic }.map { definition in
                    var definition = definition
                    // The broker has one instance, which it makes when it starts.
                    definition.updateMode = .readOnly
                    return definition
                }, absent: Self.absent(plugins, isTopic: false))
    }

    /// The keys that choose among plug-ins of which there are none, with what they are called.
    private static func absent(_ plugins: PluginSet, isTopic: Bool) -> [String: String] {
        guard !plugins.registrations.isEmpty else { return [:] }
        var absent: [String: String] = [:]
        // Topics have Kafka's cleanup policies and codecs to choose from in any case, and can be told that there is no
        // interceptor.
        let kinds: [PluginKind] =
            [.partitioner, .storage]
            + (isTopic ? [] : [.authorizer, .principalBuilder, .topicPolicy, .replicaPlacer, .quotaPolicy])
        for kind in kinds where plugins.all(kind).isEmpty { absent[kind.prefix] = kind.words }
        if let partitioner = absent[PluginKind.partitioner.prefix] { absent["partitioner.verify"] = partitioner }
        if customCodecs(plugins).isEmpty { absent["compression.custom"] = "\(PluginKind.codec.words) beyond Kafka's" }
        return absent
    }

    /// Kafka's keys that choose plug-ins have the words that there are plug-ins for.
    private static func withPlugins(_ definition: ConfigDefinition, _ plugins: PluginSet) -> ConfigDefinition {
        if definition.name == "compression.type", case .oneOf(let words) = definition.rule {
            var definition = definition
            definition.rule = .oneOf(words + customCodecs(plugins).map(\.name))
            return definition
        }
        let policies = plugins.all(.cleanupPolicy)
        let isChoice = definition.name == "cleanup.policy" || definition.name == "log.cleanup.policy"
        guard isChoice, !policies.isEmpty else { return definition }
        var definition = definition
        definition.rule = .listOf(policies.map(\.name))
        definition.examples = policies.map(\.name)
        return definition
    }

    /// The codecs that no stock client has. Kafka's names are kept for Kafka's codecs.
    static func customCodecs(_ plugins: PluginSet) -> [PluginRegistration] {
        plugins.all(.codec).filter { CompressionType(name: $0.name) == nil }
    }

    private static func customCompression(_ plugins: PluginSet) -> [ConfigDefinition] {
        let codecs = customCodecs(plugins)
        guard !codecs.isEmpty else { return [] }
        var custom = ConfigDefinition(
            "compression.custom", .list, "", .listOf(codecs.map(\.name)),
            documentation:
                "The codecs beyond Kafka's that producers, and compression.type, may use. Only clients that have the "
                + "same codec can read such batches; stock Kafka clients have none of them: "
                + codecs.map { "'\($0.name)': \($0.summary)" }.joined(separator: " "))
        custom.examples = codecs.map(\.name)
        return [custom]
    }

    private static func choices(_ plugins: PluginSet) -> [ConfigDefinition] {
        let partitioners = plugins.all(.partitioner)
        guard let standard = partitioners.first else { return [] }
        var partitioner = ConfigDefinition(
            PluginKind.partitioner.prefix, .string, standard.name, .oneOf(partitioners.map(\.name)),
            documentation: "What chooses the partition of a record, in clients that ask: "
                + partitioners.map { "'\($0.name)': \($0.summary)" }.joined(separator: " "))
        partitioner.examples = partitioners.map(\.name)
        var verification = ConfigDefinition(
            "partitioner.verify", .string, "off", .oneOf(PartitionerVerification.allCases.map(\.rawValue)),
            documentation:
                "What the leader does with records that their sender has put into another partition than the "
                + "topic's partitioner would: 'off' does not look, 'count' counts them, 'reject' refuses them.")
        verification.examples = PartitionerVerification.allCases.map(\.rawValue)
        return [partitioner, verification]
    }

    /// Also there when the broker has none, so that its absence can be told.
    private static func interceptors(_ plugins: PluginSet) -> [ConfigDefinition] {
        guard !plugins.registrations.isEmpty else { return [] }
        let all = plugins.all(.recordInterceptor)
        var choice = ConfigDefinition(
            PluginKind.recordInterceptor.prefix, .list, "", .listOf(all.map(\.name)),
            documentation:
                "What looks at each record before it is appended, and may change or refuse it, in this order: "
                + (all.isEmpty
                    ? "this broker has none." : all.map { "'\($0.name)': \($0.summary)" }.joined(separator: " ")))
        choice.examples = all.map(\.name)
        if all.isEmpty {
            choice.expectation = "empty: this broker was assembled without any \(PluginKind.recordInterceptor.words)"
        }
        return [choice]
    }

    /// Chosen once, when a topic is created.
    private static func topicStorage(_ plugins: PluginSet) -> [ConfigDefinition] {
        let storages = plugins.all(.storage)
        guard let standard = storages.first else { return [] }
        let name = PluginKind.storage.prefix
        var storage = ConfigDefinition(
            name, .string, standard.name, .oneOf(storages.map(\.name)), synonyms: [ConfigSynonym(name)],
            updateMode: .readOnly,
            documentation:
                "Where the topic's records are kept, the broker's storage where nothing is set. Chosen when the topic is "
                + "created and fixed from then on: "
                + storages.map { "'\($0.name)': \($0.summary)" }.joined(separator: " "))
        storage.examples = storages.map(\.name)
        return [storage]
    }

    /// What is chosen once, when the broker starts.
    private static func brokerChoices(_ plugins: PluginSet) -> [ConfigDefinition] {
        let kinds: [(kind: PluginKind, takesSeveral: Bool, what: String)] = [
            (.authorizer, false, "Who decides what each client may do"),
            (.storage, false, "Where the log directory is kept"),
            (.principalBuilder, false, "What says who a connection is from"),
            (
                .topicPolicy, true,
                "What judges new topics and changes of topics, in this order; the first refusal holds"
            ),
            (.replicaPlacer, false, "What chooses the brokers for new partitions"),
            (.quotaPolicy, false, "What says which quota limits a client, and who is measured together"),
        ]
        return kinds.compactMap { kind, takesSeveral, what in
            let all = plugins.all(kind)
            guard let standard = all.first else { return nil }
            let names = all.map(\.name)
            var choice = ConfigDefinition(
                kind.prefix, takesSeveral ? .list : .string, takesSeveral ? "" : standard.name,
                takesSeveral ? .listOf(names) : .oneOf(names), updateMode: .readOnly,
                documentation: "\(what): " + all.map { "'\($0.name)': \($0.summary)" }.joined(separator: " "))
            choice.examples = names
            return choice
        }
    }

    private static func options(
        _ plugins: PluginSet, where isWanted: (PluginKind) -> Bool
    ) -> [ConfigDefinition] {
        plugins.registrations.filter { isWanted($0.kind) }.flatMap(\.definitions)
    }
}

/// What happens to a record whose sender put it where the topic's partitioner would not.
public enum PartitionerVerification: String, Sendable, CaseIterable {
    /// Nobody looks.
    case off
    /// It is counted.
    case count
    /// It is refused.
    case reject
}
