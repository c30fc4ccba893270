package import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

extension Controller {
    /// Decides a request that changes configs, resource by resource: all of a resource's changes or none.
    ///
    /// - Parameters:
    ///   - judge: what is asked about each topic whose configs could change; nil where nobody is.
    ///   - refusal: the answer to an asker who may not change a resource; nil for one who may.
    package func alterConfigs<Request: ConfigAlteration>(
        _ request: Request, judge: TopicJudge? = nil, refusal: (ConfigResource) -> ControllerError?
    ) -> Decision<Request.Response> {
        let alterations = request.alterations
        let named = Dictionary(grouping: alterations) { Self.resource(of: $0) }.mapValues(\.count)
        var records: [MetadataRecord] = []
        let errors = alterations.map { alteration -> ControllerError? in
            do throws(ControllerError) {
                let resource = Self.resource(of: alteration)
                if named[resource] != 1 {
                    throw ControllerError(.invalidRequest, "Each resource must appear at most once.")
                }
                try checkForm(of: alteration)
                let changes = try underCurrentNames(alteration.changes, of: resource.kind)
                if let refusal = refusal(resource) { throw refusal }
                try check(resource)
                let base = Request.replacesAll ? fixed(of: resource) : image.config(of: resource)
                let next = try next(of: resource, from: base, changes)
                let change = try change(resource, to: next)
                if let judge, resource.kind == .topic, let topic = image.topics[resource.name],
                    let topicChange = self.alteration(of: topic, to: next, isDryRun: request.validateOnly),
                    let error = judge(topicChange)
                {
                    throw error
                }
                if !request.validateOnly { records += change }
                return nil
            } catch { return error }
        }
        return Decision(records: records, reply: request.response(errors))
    }

    private static func resource(of alteration: ResourceAlteration) -> ConfigResource {
        ConfigResource(ConfigResource.Kind(rawValue: alteration.type) ?? .unknown, alteration.name)
    }

    /// What makes no sense whatever the resource is.
    private func checkForm(of alteration: ResourceAlteration) throws(ControllerError) {
        var seen: Set<String> = []
        for change in alteration.changes {
            guard seen.insert(change.name).inserted else {
                throw ControllerError(.invalidRequest, "Config '\(change.name.excerpt)' is named more than once.")
            }
            guard let operation = ResourceAlteration.Operation(rawValue: change.operation) else {
                throw ControllerError(
                    .invalidRequest, "Unknown operation \(change.operation) on '\(change.name.excerpt)'.")
            }
            if operation != .delete, change.value == nil {
                throw ControllerError(.invalidRequest, "Null value not supported for '\(change.name.excerpt)'.")
            }
        }
    }

    /// The changes with each key as it is called today.
    private func underCurrentNames(
        _ changes: [ResourceAlteration.Change], of kind: ConfigResource.Kind
    ) throws(ControllerError) -> [ResourceAlteration.Change] {
        let schema = schema(of: kind)
        var spelled: [String: String] = [:]
        var renamed = changes
        for (index, change) in changes.enumerated() {
            renamed[index].name = schema.currentName(of: change.name)
            if let other = spelled.updateValue(change.name, forKey: renamed[index].name) {
                throw ControllerError(.invalidRequest, schema.refusalOfBoth(other, change.name))
            }
        }
        return renamed
    }

    // MARK: What a resource shall set

    private func next(
        of resource: ConfigResource, from base: [String: String], _ changes: [ResourceAlteration.Change]
    ) throws(ControllerError) -> [String: String] {
        var next = base
        for change in changes {
            let operation = ResourceAlteration.Operation(rawValue: change.operation)
            if operation == .set || next[change.name] != nil && operation == .delete {
                next[change.name] = change.value
                continue
            }
            guard let definition = schema(of: resource.kind)[change.name] else { throw unknown(change.name, resource) }
            if operation == .delete { continue }
            guard definition.type == .list else {
                throw ControllerError(
                    .invalidConfig, "Only a list can grow or shrink, and '\(change.name)' is none: set it instead.")
            }
            var items = ConfigDefinition.items(of: base[change.name] ?? fallback(definition, of: resource) ?? "")
            for item in ConfigDefinition.items(of: change.value ?? "") {
                items.removeAll { $0 == item }
                if operation == .append { items.append(item) }
            }
            next[change.name] = items.joined(separator: ",")
        }
        return next
    }

    // MARK: Judging

    /// What a record's string can hold.
    private static let maximumValueByteCount = Int(Int16.max)

    private func check(_ resource: ConfigResource) throws(ControllerError) {
        switch resource.kind {
        case .topic:
            guard image.topics[resource.name] != nil else {
                throw ControllerError(.unknownTopicOrPartition, "The topic '\(resource.name.excerpt)' does not exist.")
            }
        case .broker:
            guard resource.name.isEmpty || NodeID(resource.name).flatMap({ image.brokers[$0] }) != nil else {
                throw ControllerError(.invalidRequest, "There is no broker \(resource.name.excerpt).")
            }
        case .group, .clientMetrics:
            guard !resource.name.isEmpty else {
                throw ControllerError(.invalidRequest, "Configs of this kind belong to a name; it must not be empty.")
            }
        case .brokerLogger:
            throw ControllerError(
                .invalidRequest, "Levels of loggers cannot be changed while the broker runs; start it with --log-level."
            )
        case .unknown: throw ControllerError(.invalidRequest, "Unknown resource type.")
        }
    }

    /// What a topic has set for good, which a request that replaces the rest need not repeat.
    private func fixed(of resource: ConfigResource) -> [String: String] {
        guard resource.kind == .topic else { return [:] }
        let schema = schema(of: .topic)
        return image.config(of: resource).filter { schema[$0.key]?.isReadOnly == true }
    }

    /// What was chosen when a topic was created stays.
    private func checkFixed(_ resource: ConfigResource, _ next: [String: String]) throws(ControllerError) {
        let current = image.config(of: resource)
        for definition in schema(of: .topic).definitions where definition.isReadOnly {
            let name = definition.name
            let (old, new) = (current[name] ?? topicDefault(name), next[name] ?? topicDefault(name))
            guard old != new else { continue }
            throw ControllerError(
                .invalidConfig,
                "'\(name)' is chosen when a topic is created, and the topic '\(resource.name)' has '\(old ?? "")'. Create "
                    + "another topic with \(name)=\((new ?? "").excerpt) and copy the records.")
        }
    }

    /// The records that make `next` of what a resource sets now.
    private func change(
        _ resource: ConfigResource, to next: [String: String]
    ) throws(ControllerError) -> [MetadataRecord] {
        let schema = schema(of: resource.kind)
        let current = image.config(of: resource)
        for (name, value) in next.sorted(by: { $0.key < $1.key }) where current[name] != value {
            guard let definition = schema[name] else { throw unknown(name, resource) }
            if resource.kind == .broker { try checkMode(of: definition, for: resource) }
            guard value.utf8.count <= Self.maximumValueByteCount else {
                throw ControllerError(
                    .invalidConfig,
                    "The value of '\(name)' would have \(value.utf8.count) bytes; a config can have "
                        + "\(Self.maximumValueByteCount).")
            }
            if let problem = definition.problem(with: value) {
                throw ControllerError(resource.kind == .broker ? .invalidRequest : .invalidConfig, problem)
            }
        }
        if resource.kind == .topic { try checkFixed(resource, next) }
        if let conflict = conflict(next, of: resource) { throw ControllerError(.invalidConfig, conflict) }
        let names = Set(current.keys).union(next.keys).sorted()
        return names.filter { current[$0] != next[$0] }.map {
            .config(.setting($0, to: next[$0], of: resource))
        }
    }

    private func checkMode(of definition: ConfigDefinition, for resource: ConfigResource) throws(ControllerError) {
        switch definition.updateMode {
        case .readOnly:
            throw ControllerError(
                .invalidRequest,
                "Config '\(definition.name)' cannot be changed while the broker runs; set it in server.properties.")
        case .perBroker where resource.name.isEmpty:
            throw ControllerError(
                .invalidRequest, "Config '\(definition.name)' can be changed only for one broker, named by its id.")
        case .perBroker, .clusterWide: break
        }
    }

    private func conflict(_ next: [String: String], of resource: ConfigResource) -> String? {
        switch resource.kind {
        case .topic:
            TopicConfig.conflict(
                changed: next.keys.filter { next[$0] != image.config(of: resource)[$0] },
                schemas: settings.config.schemas, { next[$0] ?? topicDefault($0) })
        case .group:
            GroupConfigRules.conflict(
                next, { next[$0] ?? ConfigSchema.group[$0].flatMap { fallback($0, of: resource) } },
                broker: settings.config.changed(by: image))
        case .broker: settings.config.conflict(setting: next, of: resource, image)
        case .brokerLogger, .clientMetrics, .unknown: nil
        }
    }

    private func schema(of kind: ConfigResource.Kind) -> ConfigSchema {
        switch kind {
        case .topic: settings.config.schemas.topic
        case .group: .group
        case .clientMetrics: .clientMetrics
        case .broker, .brokerLogger, .unknown: settings.config.schemas.broker
        }
    }

    private func unknown(_ name: String, _ resource: ConfigResource) -> ControllerError {
        ControllerError(
            resource.kind == .broker ? .invalidRequest : .invalidConfig, schema(of: resource.kind).unknown(name))
    }

    /// What holds where the resource sets nothing.
    private func fallback(_ definition: ConfigDefinition, of resource: ConfigResource) -> String? {
        switch resource.kind {
        case .topic: topicDefault(definition.name)
        case .group: ConfigValue.ofGroup(definition, set: [:], image: image, config: settings.config).value
        case .broker: ConfigValue.ofBroker(definition, image: image, config: settings.config).value
        case .clientMetrics, .brokerLogger, .unknown: definition.standard
        }
    }
}
