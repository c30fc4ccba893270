internal import BrokerPluginAPI

extension BrokerConfig {
    /// Which topic's plug-in a change of brokers' configs would take away, as a sentence for who would change them; nil if
    /// none.
    ///
    /// Topics that set the same are judged once. Where a plug-in cannot be made as it is, the change is not to blame.
    ///
    /// - Parameters:
    ///   - resource: a broker, or all of them.
    ///   - next: what it would set.
    package func conflict(setting next: [String: String], of resource: ConfigResource, _ image: MetadataImage)
        -> String?
    {
        let current = image.config(of: resource)
        let changed = Set(current.keys).union(next.keys).filter { current[$0] != next[$0] }
        guard schemas.topic.definitions.contains(where: { $0.synonyms.contains { changed.contains($0.name) } }) else {
            return nil
        }
        let views = views(of: resource, from: current, to: next, image)
        var seen: Set<[String: String]> = []
        let topics = image.configured(.topic).map { ($0, image.config(of: ConfigResource(.topic, $0))) }
        for (topic, set) in topics + [(nil, [:])] as [(String?, [String: String])] where seen.insert(set).inserted {
            for (before, after) in views {
                let problems = schemas.problems(topicLookup(set, after))
                guard !problems.isEmpty else { continue }
                let known = schemas.problems(topicLookup(set, before))
                let new = problems.first { problem in
                    !known.contains { $0.kind == problem.kind && $0.name == problem.name }
                }
                guard let new else { continue }
                let whose = resource.name.isEmpty ? "all brokers" : "broker \(resource.name)"
                return "\(words(for: changed, next)) would not do for \(whose): "
                    + (topic.map { "the topic '\($0)'" } ?? "topics that set nothing themselves")
                    + " could not have the \(new.kind.words) '\(new.name)' any more. \(new.message) "
                    + "Set it together with what it needs, or on the topics that it is meant for."
            }
        }
        return nil
    }

    /// How brokers are configured before and after.
    private func views(
        of resource: ConfigResource, from current: [String: String], to next: [String: String], _ image: MetadataImage
    ) -> [(before: ConfigLayers, after: ConfigLayers)] {
        func layers(_ broker: [String: String], _ all: [String: String]) -> ConfigLayers {
            ConfigLayers(broker: broker, allBrokers: all, file: values, schema: schemas.broker)
        }
        guard resource.name.isEmpty else {
            let all = image.config(of: ConfigResource(.broker, ""))
            return [(layers(current, all), layers(next, all))]
        }
        let brokers = Set(image.brokers.keys).union([nodeID]).map {
            image.config(of: ConfigResource(.broker, String($0)))
        }
        return Set(brokers).map { (layers($0, current), layers($0, next)) }
    }

    /// The keys that are changed, with their values: the first few of them.
    private func words(for changed: Set<String>, _ next: [String: String]) -> String {
        let names = changed.sorted()
        let some = names.prefix(3).map { name in
            guard let value = next[name] else { return "\(name.excerpt) without a value" }
            return "\(name.excerpt)=\(schemas.broker[name]?.type == .password ? "…" : value.excerpt)"
        }
        return some.joined(separator: ", ") + (names.count > 3 ? ", …" : "")
    }
}
