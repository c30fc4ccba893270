package import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

extension Controller {
    /// Decides an IncrementalAlterConfigs request, resource by resource: all of a resource's changes or none.
    package func incrementalAlterConfigs(
        _ request: IncrementalAlterConfigsRequest, refusal: (ConfigResource) -> ControllerError?
    ) -> Decision<IncrementalAlterConfigsResponse> {
        let changes = request.resources.map { wanted in
            (wanted.resourceType, wanted.resourceName, wanted.configs)
        }
        let outcomes = alterConfigs(changes, validateOnly: request.validateOnly, refusal: refusal) {
            resource throws(ControllerError) in try next(of: resource.0, resource.1)
        }
        var decision = Decision(records: outcomes.records, reply: IncrementalAlterConfigsResponse())
        decision.reply.responses = zip(request.resources, outcomes.reply).map { wanted, error in
            .init(
                errorCode: error?.code ?? .none, errorMessage: error?.message, resourceType: wanted.resourceType,
                resourceName: wanted.resourceName)
        }
        return decision
    }

    /// Decides an AlterConfigs request: what a resource does not name goes back to its default.
    package func alterConfigs(
        _ request: AlterConfigsRequest, refusal: (ConfigResource) -> ControllerError?
    ) -> Decision<AlterConfigsResponse> {
        let changes = request.resources.map { wanted in
            (wanted.resourceType, wanted.resourceName, wanted.configs)
        }
        let outcomes = alterConfigs(changes, validateOnly: request.validateOnly, refusal: refusal) {
            resource throws(ControllerError) in try replacement(resource.1)
        }
        var decision = Decision(records: outcomes.records, reply: AlterConfigsResponse())
        decision.reply.responses = zip(request.resources, outcomes.reply).map { wanted, error in
            .init(
                errorCode: error?.code ?? .none, errorMessage: error?.message, resourceType: wanted.resourceType,
                resourceName: wanted.resourceName)
        }
        return decision
    }

    /// Both requests: `next` says what a resource shall set after its changes.
    private func alterConfigs<Change>(
        _ resources: [(type: Int8, name: String, changes: [Change])], validateOnly: Bool,
        refusal: (ConfigResource) -> ControllerError?,
        next: ((ConfigResource, [Change])) throws(ControllerError) -> [String: String]
    ) -> Decision<[ControllerError?]> {
        var decision = Decision<[ControllerError?]>(reply: [])
        var seen: Set<ConfigResource> = []
        for (type, name, changes) in resources {
            do throws(ControllerError) {
                let resource = ConfigResource(ConfigResource.Kind(rawValue: type) ?? .unknown, name)
                guard seen.insert(resource).inserted else {
                    throw ControllerError(.invalidRequest, "Each resource must appear at most once.")
                }
                if let refusal = refusal(resource) { throw refusal }
                try check(resource)
                let records = try change(resource, to: try next((resource, changes)))
                if !validateOnly { decision.records += records }
                decision.reply.append(nil)
            } catch {
                decision.reply.append(error)
            }
        }
        return decision
    }

    // MARK: What a resource shall set

    private func next(
        of resource: ConfigResource, _ changes: [IncrementalAlterConfigsRequest.AlterableConfig]
    ) throws(ControllerError) -> [String: String] {
        let current = image.config(of: resource)
        var next = current
        var seen: Set<String> = []
        for change in changes {
            guard seen.insert(change.name).inserted else {
                throw ControllerError(.invalidRequest, "Config '\(change.name)' is named more than once.")
            }
            guard let operation = AlterOperation(rawValue: change.configOperation) else {
                throw ControllerError(
                    .invalidRequest, "Unknown operation \(change.configOperation) on '\(change.name)'.")
            }
            if operation == .delete, current[change.name] != nil {
                next[change.name] = nil
                continue
            }
            guard let definition = schema(of: resource.kind)[change.name] else { throw unknown(change.name, resource) }
            let effective = current[change.name] ?? fallback(definition, of: resource)
            next[change.name] = try value(of: change, operation, definition: definition, current: effective)
        }
        return next
    }

    private func replacement(_ configs: [AlterConfigsRequest.AlterableConfig]) throws(ControllerError) -> [String:
        String]
    {
        var next: [String: String] = [:]
        for config in configs {
            guard let value = config.value else {
                throw ControllerError(.invalidRequest, "Null value not supported for '\(config.name)'.")
            }
            guard next.updateValue(value, forKey: config.name) == nil else {
                throw ControllerError(.invalidRequest, "Config '\(config.name)' is named more than once.")
            }
        }
        return next
    }

    /// The value after the change; nil to go back to the default.
    private func value(
        of change: IncrementalAlterConfigsRequest.AlterableConfig, _ operation: AlterOperation,
        definition: ConfigDefinition, current: String?
    ) throws(ControllerError) -> String? {
        if operation == .delete { return nil }
        guard let value = change.value else {
            throw ControllerError(.invalidConfig, "Null value not supported for '\(change.name)'.")
        }
        if operation == .set { return value }
        guard definition.type == .list else {
            throw ControllerError(
                .invalidConfig, "Can't \(operation) config '\(change.name)' because its type is not LIST.")
        }
        var items = ConfigDefinition.items(of: current ?? "")
        for item in ConfigDefinition.items(of: value) {
            items.removeAll { $0 == item }
            if operation == .append { items.append(item) }
        }
        return items.joined(separator: ",")
    }

    private enum AlterOperation: Int8 {
        case set = 0
        case delete = 1
        case append = 2
        case subtract = 3
    }

    // MARK: Judging

    private func check(_ resource: ConfigResource) throws(ControllerError) {
        switch resource.kind {
        case .topic:
            guard image.topics[resource.name] != nil else {
                throw ControllerError(.unknownTopicOrPartition, "The topic '\(resource.name)' does not exist.")
            }
        case .broker:
            guard resource.name.isEmpty || NodeID(resource.name).flatMap({ image.brokers[$0] }) != nil else {
                throw ControllerError(.invalidRequest, "There is no broker \(resource.name).")
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

    /// The records that make `next` of what a resource sets now.
    private func change(
        _ resource: ConfigResource, to next: [String: String]
    ) throws(ControllerError) -> [MetadataRecord] {
        let schema = schema(of: resource.kind)
        let current = image.config(of: resource)
        for (name, value) in next.sorted(by: { $0.key < $1.key }) where current[name] != value {
            guard let definition = schema[name] else { throw unknown(name, resource) }
            if resource.kind == .broker { try checkMode(of: definition, for: resource) }
            if let problem = definition.problem(with: value) { throw ControllerError(.invalidConfig, problem) }
        }
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
        case .topic: TopicConfig.conflict { next[$0] ?? topicDefault($0) }
        case .group:
            GroupConfigRules.conflict(
                next, { next[$0] ?? ConfigSchema.group[$0].flatMap { fallback($0, of: resource) } },
                broker: settings.config.changed(by: image))
        case .broker, .brokerLogger, .clientMetrics, .unknown: nil
        }
    }

    private func schema(of kind: ConfigResource.Kind) -> ConfigSchema {
        switch kind {
        case .topic: .topic
        case .group: .group
        case .clientMetrics: .clientMetrics
        case .broker, .brokerLogger, .unknown: .broker
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
