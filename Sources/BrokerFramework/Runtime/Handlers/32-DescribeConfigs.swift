package import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells the configs of topics and brokers: values, where they come from, types, documentation.
package struct DescribeConfigsHandler: APIHandler {
    package typealias Request = DescribeConfigsRequest
    private typealias Result = DescribeConfigsResponse.DescribeConfigsResult
    private typealias Entry = DescribeConfigsResponse.DescribeConfigsResourceResult

    private let metadata: MetadataView
    private let config: BrokerConfig

    package init(metadata: MetadataView, config: BrokerConfig) {
        self.metadata = metadata
        self.config = config
    }

    package func actions(for request: DescribeConfigsRequest) -> [AuthorizableAction] {
        request.resources.map { action($0) }
    }

    private func action(_ resource: DescribeConfigsRequest.DescribeConfigsResource) -> AuthorizableAction {
        resource.resourceType == ConfigResource.Kind.topic.rawValue
            ? .topic(.describeConfigs, resource.resourceName) : .cluster(.describeConfigs)
    }

    package func handle(_ request: DescribeConfigsRequest, _ call: Call<DescribeConfigsRequest>) {
        let image = metadata.image
        var response = DescribeConfigsResponse()
        response.results = request.resources.map { resource in
            var result = Result()
            result.resourceType = resource.resourceType
            result.resourceName = resource.resourceName
            let kind = ConfigResource.Kind(rawValue: resource.resourceType) ?? .unknown
            guard call.rights.allows(action(resource)) else {
                result.errorCode = kind == .topic ? .topicAuthorizationFailed : .clusterAuthorizationFailed
                return result
            }
            switch kind {
            case .topic: describeTopic(resource, image, request, &result)
            case .broker: describeBroker(resource, image, request, &result)
            case .brokerLogger, .clientMetrics, .group, .unknown:
                result.errorCode = .invalidRequest
                result.errorMessage = "Only the configs of topics and brokers can be described so far."
            }
            return result
        }
        call.respond(response)
    }

    private func describeTopic(
        _ resource: DescribeConfigsRequest.DescribeConfigsResource, _ image: MetadataImage,
        _ request: DescribeConfigsRequest, _ result: inout Result
    ) {
        guard image.topics[resource.resourceName] != nil else {
            let isInvalid = TopicName.problem(with: resource.resourceName) != nil
            result.errorCode = isInvalid ? .invalidTopicException : .unknownTopicOrPartition
            return
        }
        let set = image.config(of: ConfigResource(.topic, resource.resourceName))
        result.configs = ConfigSchema.topic.definitions.compactMap { definition in
            guard Self.isWanted(definition, resource) else { return nil }
            let value = ConfigValue.ofTopic(definition, set: set, image: image, config: config)
            return entry(definition, value, of: .topic, request)
        }
    }

    private func describeBroker(
        _ resource: DescribeConfigsRequest.DescribeConfigsResource, _ image: MetadataImage,
        _ request: DescribeConfigsRequest, _ result: inout Result
    ) {
        if resource.resourceName.isEmpty {
            // The defaults of all brokers: only what was set for them.
            let set = image.config(of: ConfigResource(.broker, ""))
            result.configs = ConfigSchema.broker.definitions.compactMap { definition in
                guard let text = set[definition.name], Self.isWanted(definition, resource) else { return nil }
                let level = ConfigValue.Level(name: definition.name, value: text, source: .dynamicDefaultBroker)
                return entry(definition, ConfigValue(levels: [level]), of: .broker, request)
            }
            return
        }
        guard NodeID(resource.resourceName) == config.nodeID else {
            result.errorCode = .invalidRequest
            result.errorMessage =
                "Unexpected broker id, expected \(config.nodeID) or empty string, but received \(resource.resourceName)"
            return
        }
        result.configs = ConfigSchema.broker.definitions.compactMap { definition in
            guard Self.isWanted(definition, resource) else { return nil }
            return entry(
                definition, ConfigValue.ofBroker(definition, image: image, config: config), of: .broker, request)
        }
    }

    private static func isWanted(
        _ definition: ConfigDefinition, _ resource: DescribeConfigsRequest.DescribeConfigsResource
    ) -> Bool {
        guard let keys = resource.configurationKeys, !keys.isEmpty else { return true }
        return keys.contains(definition.name)
    }

    private func entry(
        _ definition: ConfigDefinition, _ value: ConfigValue, of resource: ConfigResource.Kind,
        _ request: DescribeConfigsRequest
    ) -> Entry {
        var entry = Entry()
        let isSensitive = definition.type == .password
        entry.name = definition.name
        entry.value = isSensitive ? nil : value.value
        entry.readOnly = definition.isReadOnly
        entry.configSource = value.source.rawValue
        entry.isSensitive = isSensitive
        entry.configType = definition.type.rawValue
        if request.includeSynonyms {
            // Where a topic config has broker keys in several units, none of them has this default as its own.
            let hasOwnDefault = definition.synonyms.count == 1 || resource == .broker
            let told = value.levels.filter { $0.source != .standard || hasOwnDefault }
            entry.synonyms = told.map { level in
                .init(name: level.name, value: isSensitive ? nil : level.value, source: level.source.rawValue)
            }
        }
        entry.documentation = request.includeDocumentation ? definition.documentation : nil
        return entry
    }
}
