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
        var decision = Decision(reply: IncrementalAlterConfigsResponse())
        var seen: Set<ConfigResource> = []
        for wanted in request.resources {
            var result = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse()
            result.resourceType = wanted.resourceType
            result.resourceName = wanted.resourceName
            result.errorMessage = nil
            do throws(ControllerError) {
                let kind = ConfigResource.Kind(rawValue: wanted.resourceType) ?? .unknown
                let resource = ConfigResource(kind, wanted.resourceName)
                guard seen.insert(resource).inserted else {
                    throw ControllerError(.invalidRequest, "Each resource must appear at most once.")
                }
                if let refusal = refusal(resource) { throw refusal }
                let records = try alter(resource, wanted.configs)
                if !request.validateOnly { decision.records += records }
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
            }
            decision.reply.responses.append(result)
        }
        return decision
    }

    private func alter(
        _ resource: ConfigResource, _ changes: [IncrementalAlterConfigsRequest.AlterableConfig]
    ) throws(ControllerError) -> [MetadataRecord] {
        let schema = try schema(of: resource)
        let current = image.config(of: resource)
        var next = current
        var seen: Set<String> = []
        for change in changes {
            guard seen.insert(change.name).inserted else {
                throw ControllerError(.invalidRequest, "Config '\(change.name)' is named more than once.")
            }
            guard let definition = schema[change.name] else {
                throw ControllerError(
                    resource.kind == .topic ? .invalidConfig : .invalidRequest, schema.unknown(change.name))
            }
            guard resource.kind == .topic || !definition.isReadOnly else {
                throw ControllerError(
                    .invalidRequest,
                    "Config '\(change.name)' cannot be changed while the broker runs; set it in server.properties.")
            }
            let effective = current[change.name] ?? fallback(definition, of: resource)
            next[change.name] = try value(of: change, definition: definition, current: effective)
        }
        for (name, value) in next.sorted(by: { $0.key < $1.key }) where current[name] != value {
            if let problem = schema.problem(setting: name, to: value) { throw ControllerError(.invalidConfig, problem) }
        }
        if resource.kind == .topic, let conflict = TopicConfig.conflict({ next[$0] ?? topicDefault($0) }) {
            throw ControllerError(.invalidConfig, conflict)
        }
        let names = Set(current.keys).union(next.keys).sorted()
        return names.filter { current[$0] != next[$0] }.map {
            .config(.setting($0, to: next[$0], of: resource))
        }
    }

    private func schema(of resource: ConfigResource) throws(ControllerError) -> ConfigSchema {
        switch resource.kind {
        case .topic:
            guard image.topics[resource.name] != nil else {
                throw ControllerError(.unknownTopicOrPartition, "The topic '\(resource.name)' does not exist.")
            }
            return .topic
        case .broker:
            guard resource.name.isEmpty || NodeID(resource.name).flatMap({ image.brokers[$0] }) != nil else {
                throw ControllerError(.invalidRequest, "There is no broker \(resource.name).")
            }
            return .broker
        case .brokerLogger, .clientMetrics, .group, .unknown:
            throw ControllerError(.invalidRequest, "Only the configs of topics and brokers can be changed so far.")
        }
    }

    private func fallback(_ definition: ConfigDefinition, of resource: ConfigResource) -> String? {
        resource.kind == .topic ? topicDefault(definition.name) : settings.config.text(definition.name)
    }

    /// The value after the change; nil to go back to the default.
    private func value(
        of change: IncrementalAlterConfigsRequest.AlterableConfig, definition: ConfigDefinition, current: String?
    ) throws(ControllerError) -> String? {
        guard let operation = AlterOperation(rawValue: change.configOperation) else {
            throw ControllerError(.invalidRequest, "Unknown operation \(change.configOperation) on '\(change.name)'.")
        }
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
}
