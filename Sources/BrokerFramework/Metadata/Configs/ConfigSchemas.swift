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
                } + Self.topicStorage(plugins))
        broker = ConfigSchema(
            ConfigSchema.broker.definitions.map { Self.withPlugins($0, plugins) }
                + added.map { definition in
                    var twin = definition
                    twin.documentation += " The default of the topic config \(definition.name)."
                    return twin
                } + Self.brokerChoices(plugins) + Self.options(plugins) { !$0.isPerTopic })
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
    private static func customCodecs(_ plugins: PluginSet) -> [PluginRegistration] {
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

    // MARK: Judging

    /// What is wrong with what a topic would be configured with, beyond single values; nil if nothing is.
    ///
    /// - Parameters:
    ///   - lookup: what holds for each key, defaults included.
    ///   - changed: the keys that are set now: an option among them must be one of a plug-in in use.
    func problem(changed: some Sequence<String>, _ lookup: (String) -> String?) -> String? {
        if let problem = compressionProblem(lookup) { return problem }
        let used = used(lookup)
        for registration in used {
            if let problem = registration.problem(lookup) { return problem }
        }
        for name in changed.sorted() {
            guard let owner = owner(of: name), !used.contains(where: { $0.kind == owner.kind && $0.name == owner.name })
            else { continue }
            let choice = owner.kind == .codec ? "compression.custom" : owner.kind.prefix
            return "'\(name)' is an option of the \(owner.kind.words) '\(owner.name)', which the topic does not use: "
                + "\(choice) is '\(lookup(choice) ?? "")'. Set \(choice)=\(owner.name) too, or leave the option out."
        }
        return nil
    }

    /// A topic must have opted into a codec that stock clients cannot read.
    private func compressionProblem(_ lookup: (String) -> String?) -> String? {
        guard let name = lookup("compression.type"), Self.customCodecs(plugins).contains(where: { $0.name == name }),
            !ConfigDefinition.items(of: lookup("compression.custom") ?? "").contains(name)
        else { return nil }
        return
            "compression.type=\(name) needs compression.custom=\(name) too: stock Kafka clients cannot read that codec, "
            + "so a topic must opt into it."
    }

    /// The plug-ins that a topic of that configuration uses.
    private func used(_ lookup: (String) -> String?) -> [PluginRegistration] {
        let partitioner = lookup(PluginKind.partitioner.prefix).flatMap { plugins[.partitioner, $0] }
        let lists = [PluginKind.cleanupPolicy, .recordInterceptor].flatMap { kind in
            ConfigDefinition.items(of: lookup(kind.prefix) ?? "").compactMap { plugins[kind, $0] }
        }
        // A producer may use any of Kafka's codecs.
        let custom = ConfigDefinition.items(of: lookup("compression.custom") ?? "")
        let codecs = plugins.all(.codec).filter {
            custom.contains($0.name) || CompressionType(name: $0.name) != nil && !$0.definitions.isEmpty
        }
        return (partitioner.map { [$0] } ?? []) + lists + codecs
    }

    /// The plug-in that has an option of that name.
    private func owner(of name: String) -> PluginRegistration? {
        plugins.registrations.first { registration in
            [.partitioner, .cleanupPolicy, .recordInterceptor, .codec].contains(registration.kind)
                && registration.definitions.contains { $0.name == name || $0.formerNames.contains(name) }
        }
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
