internal import BrokerMetadata
internal import BrokerPluginAPI

extension Candidates {
    /// `key=` for what the words before are about, and the values behind it.
    @Sendable static func settings(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        let isAboutBrokers = isAboutBrokers(words)
        return settings(of: schema(words), words, index, prefix) { !isAboutBrokers || !$0.isReadOnly }
    }

    @Sendable static func keys(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        schema(words).definitions.map(\.name)
    }

    @Sendable static func partitioners(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        AdminPlugins.current.all(.partitioner).map(\.name)
    }

    /// `key=` for the options of partitioners, and the values behind it.
    @Sendable static func partitionerOptions(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        let options = AdminPlugins.current.all(.partitioner).flatMap(\.definitions)
        let choice = AdminPlugins.schemas.topic[PluginKind.partitioner.prefix]
        return settings(of: ConfigSchema((choice.map { [$0] } ?? []) + options), words, index, prefix)
    }

    /// `key=` for the options of all plug-ins, and the values behind it.
    @Sendable static func pluginOptions(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        let options = AdminPlugins.current.registrations.flatMap(\.definitions)
        return settings(of: ConfigSchema(options), words, index, prefix)
    }

    private static func settings(
        of schema: ConfigSchema, _ words: [String], _ index: Int, _ prefix: String,
        where isSettable: (ConfigDefinition) -> Bool = { _ in true }
    ) -> [String] {
        // bash takes the equals sign for a word of its own.
        if let mark = [index, index - 1].first(where: { words.indices.contains($0) && words[$0] == "=" }), mark > 0 {
            return schema[words[mark - 1]].map { values($0, begun: mark == index ? "" : prefix) } ?? []
        }
        guard let mark = prefix.firstIndex(of: "="), let definition = schema[String(prefix[..<mark])] else {
            return schema.definitions.filter(isSettable).map { $0.name + "=" }
        }
        return values(definition, begun: prefix[prefix.index(after: mark)...]).map { "\(definition.name)=\($0)" }
    }

    /// The words that a value can be or, in a list, go on with.
    private static func values(_ definition: ConfigDefinition, begun: some StringProtocol) -> [String] {
        let words =
            switch definition.rule {
            case .oneOf(let words), .listOf(let words): words
            default: definition.type == .boolean ? ["true", "false"] : definition.examples
            }
        guard definition.type == .list, let comma = begun.lastIndex(of: ",") else { return words }
        let items = ConfigDefinition.items(of: String(begun[..<comma]))
        return words.filter { !items.contains($0) }.map { begun[...comma] + $0 }
    }

    private static func isAboutBrokers(_ words: [String]) -> Bool {
        words.contains { $0 == "--all-brokers" || $0 == "--broker" || $0.hasPrefix("--broker=") }
    }

    private static func isAboutGroups(_ words: [String]) -> Bool {
        words.contains { $0 == "--group" || $0.hasPrefix("--group=") }
    }

    private static func schema(_ words: [String]) -> ConfigSchema {
        if isAboutGroups(words) { return .group }
        return isAboutBrokers(words) ? AdminPlugins.schemas.broker : AdminPlugins.schemas.topic
    }
}
