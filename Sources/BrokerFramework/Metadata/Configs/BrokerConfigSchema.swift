public import BrokerPluginAPI

extension ConfigSchema {
    /// Kafka 4.3's broker configs, the defaults of topic and group configs among them. Those that change nothing
    /// here have `hasEffect` false.
    public static let broker = ConfigSchema(
        BrokerKeys.identity + BrokerKeys.network + BrokerKeys.logs + BrokerKeys.cleaner + BrokerKeys.topics
            + BrokerKeys.replication + BrokerKeys.quorum + BrokerKeys.metadataLog + BrokerKeys.groups
            + BrokerKeys.consumerGroups + BrokerKeys.shareGroups + BrokerKeys.streamsGroups + BrokerKeys.transactions
            + BrokerKeys.quotas + BrokerKeys.security + BrokerKeys.tls + BrokerKeys.sasl + BrokerKeys.oauth
            + BrokerKeys.remoteStorage + BrokerKeys.metrics + BrokerKeys.operations + topicTwins)

    /// The broker keys that topic configs take their defaults from.
    private static let topicTwins: [ConfigDefinition] = topic.definitions.flatMap { definition in
        definition.synonyms.enumerated().compactMap { position, synonym in
            // The strongest key carries the default, the weaker ones none, so that they do not hide it; only
            // retention and rolling have Kafka's default on the key that counts hours.
            var twin = definition
            twin.name = synonym.name
            // Kafka lets only the key in the topic config's own unit be changed while the broker runs.
            let isFixed = synonym.factor > 1 || synonym.name == "log.flush.scheduler.interval.ms"
            twin.updateMode = isFixed ? .readOnly : .clusterWide
            let last = position == definition.synonyms.count - 1
            if definition.synonyms.count > 1 {
                twin.standard = last ? standard(of: definition, by: synonym) : nil
                if synonym.factor > 1 { twin.type = .int }
                if case .range(let range) = definition.rule, synonym.factor > 1 {
                    twin.rule = .range(range.lowerBound...Int64(Int32.max))
                }
            }
            twin.documentation += " The default of the topic config \(definition.name)."
            return twin
        }
    }

    private static func standard(of definition: ConfigDefinition, by synonym: ConfigSynonym) -> String? {
        guard let value = definition.standard.flatMap(Int64.init) else { return definition.standard }
        return String(value / synonym.factor)
    }
}

/// The broker configs by subject: one file for each.
enum BrokerKeys {
    /// A key that this broker acts on.
    static func key(
        _ name: String, _ type: ConfigType, _ standard: String?, _ documentation: String, _ rule: ConfigRule = .any,
        changes: ConfigUpdateMode = .readOnly
    ) -> ConfigDefinition {
        ConfigDefinition(name, type, standard, rule, updateMode: changes, documentation: documentation)
    }

    /// A key of Kafka's that changes nothing here: what it is about is not served, or is done in another way.
    static func inert(
        _ name: String, _ type: ConfigType, _ standard: String?, _ documentation: String, _ rule: ConfigRule = .any,
        changes: ConfigUpdateMode = .readOnly
    ) -> ConfigDefinition {
        ConfigDefinition(
            name, type, standard, rule, updateMode: changes, hasEffect: false, documentation: documentation)
    }
}
