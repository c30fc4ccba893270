internal import BrokerModel
internal import BrokerPluginAPI

extension ConfigSchemas {
    /// What is wrong with what a topic would be configured with, beyond single values; nil if nothing is.
    ///
    /// - Parameters:
    ///   - lookup: what holds for each key, defaults included.
    ///   - changed: the keys that are set now: an option among them must be one of a plug-in in use.
    func problem(changed: some Sequence<String>, _ lookup: (String) -> String?) -> String? {
        if let problem = problems(lookup).first { return problem.message }
        let used = used(lookup)
        for name in changed.sorted() {
            guard let owner = owner(of: name), !used.contains(where: { $0.kind == owner.kind && $0.name == owner.name })
            else { continue }
            let choice = owner.kind == .codec ? "compression.custom" : owner.kind.prefix
            let chosen = lookup(choice) ?? ""
            let joins = owner.kind != .partitioner && !chosen.isEmpty
            return "'\(name)' is an option of the \(owner.kind.words) '\(owner.name)', which the topic does not use: "
                + "\(choice) is '\(chosen)'. Set \(choice)=\(joins ? "\(chosen)," : "")\(owner.name) too, or leave the "
                + "option out."
        }
        return nil
    }

    /// A plug-in that a topic could not be served with.
    struct PluginProblem: Hashable {
        var kind: PluginKind
        var name: String
        /// A sentence that says why.
        var message: String
    }

    /// The plug-ins that a topic would use and that could not be made for it; each once.
    ///
    /// - Parameter lookup: what holds for each key of the topic, defaults included.
    func problems(_ lookup: ConfigLookup) -> [PluginProblem] {
        var problems: [PluginProblem] = []
        if let message = compressionProblem(lookup) {
            problems.append(.init(kind: .codec, name: lookup("compression.type") ?? "", message: message))
        }
        for plugin in used(lookup) {
            guard let message = plugin.problem(lookup) ?? verificationProblem(plugin, lookup) else { continue }
            problems.append(.init(kind: plugin.kind, name: plugin.name, message: message))
        }
        return problems
    }

    /// Records can be held only against a partitioner that says where they belong.
    private func verificationProblem(_ plugin: PluginRegistration, _ lookup: ConfigLookup) -> String? {
        guard plugin.kind == .partitioner, let verification = lookup("partitioner.verify"),
            verification != PartitionerVerification.off.rawValue,
            let partitioner = try? plugin.instance(of: (any Partitioner).self, lookup),
            !(partitioner is any ExplainablePartitioner)
        else { return nil }
        return "partitioner.verify=\(verification) needs a partitioner that can say where a record belongs, and "
            + "'\(plugin.name)' cannot: it is no ExplainablePartitioner. Choose another, or partitioner.verify=off."
    }

    /// Why a broker must not start with a key that it does not know; nil where that does no harm.
    ///
    /// Kafka's tools and other people's plug-ins have keys in the same files. What begins as the options of a plug-in of
    /// this broker is nobody else's.
    public func problem(startingWith name: String) -> String? {
        if broker.isAbsent(name) { return broker.unknown(name) }
        let owner = plugins.registrations.first { name.hasPrefix("\($0.kind.prefix).\($0.name).") }
        guard let owner else { return nil }
        let options = owner.definitions.map(\.name)
        guard EditDistance.nearest(to: name, among: options) == nil else {
            return ConfigSchema(owner.definitions).unknown(name)
        }
        return "Unknown config '\(name.excerpt)': the \(owner.kind.words) '\(owner.name)' has "
            + (options.isEmpty ? "no options." : "the options \(options.joined(separator: ", ")).")
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

    /// What to tell who sets an option of a plug-in of the whole broker that this broker does not use.
    func warning(unused name: String, _ lookup: ConfigLookup) -> String? {
        let owner = plugins.registrations.first { registration in
            !registration.kind.isPerTopic && registration.kind != .storage
                && registration.definitions.contains { $0.name == name }
        }
        guard let owner else { return nil }
        let chosen = lookup(owner.kind.prefix) ?? ""
        guard !ConfigDefinition.items(of: chosen).contains(owner.name) else { return nil }
        return "'\(name)' is an option of the \(owner.kind.words) '\(owner.name)', which this broker does not use: "
            + "\(owner.kind.prefix) is '\(chosen)'. It has no effect."
    }

    /// The plug-in that has an option of that name.
    private func owner(of name: String) -> PluginRegistration? {
        plugins.registrations.first { registration in
            [.partitioner, .cleanupPolicy, .recordInterceptor, .codec].contains(registration.kind)
                && registration.definitions.contains { $0.name == name || $0.formerNames.contains(name) }
        }
    }
}
