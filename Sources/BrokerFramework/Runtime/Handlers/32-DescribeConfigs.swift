import BrokerController
package import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells configs: values, where they come from, types, documentation.
package struct DescribeConfigsHandler: APIHandler {
    package typealias Request = DescribeConfigsRequest
    private typealias Resource = DescribeConfigsRequest.DescribeConfigsResource
    private typealias Result = DescribeConfigsResponse.DescribeConfigsResult
    private typealias Entry = DescribeConfigsResponse.DescribeConfigsResourceResult

    private let metadata: MetadataView
    private let config: BrokerConfig

    /// - Parameter config: what the broker was started with.
    package init(metadata: MetadataView, config: BrokerConfig) {
        self.metadata = metadata
        self.config = config
    }

    package func actions(for request: DescribeConfigsRequest) -> [AuthorizableAction] {
        request.resources.map { ConfigResource(wire: $0.resourceType, $0.resourceName).action(.describeConfigs) }
    }

    package func handle(_ request: DescribeConfigsRequest, _ call: Call<DescribeConfigsRequest>) {
        let image = metadata.image
        var response = DescribeConfigsResponse()
        response.results = request.resources.map { wanted in
            var result = Result()
            result.resourceType = wanted.resourceType
            result.resourceName = wanted.resourceName
            result.errorMessage = nil
            let resource = ConfigResource(wire: wanted.resourceType, wanted.resourceName)
            do throws(ControllerError) {
                if let refusal = resource.refusal(of: .describeConfigs, by: call.rights) { throw refusal }
                result.configs = try values(of: resource, image).compactMap { definition, value in
                    guard Self.isWanted(definition, wanted) else { return nil }
                    return Self.entry(definition, value, of: resource.kind, request)
                }
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
            }
            return result
        }
        call.respond(response)
    }

    private func values(
        of resource: ConfigResource, _ image: MetadataImage
    ) throws(ControllerError) -> [(ConfigDefinition, ConfigValue)] {
        let set = image.config(of: resource)
        switch resource.kind {
        case .topic:
            guard image.topics[resource.name] != nil else {
                let problem = TopicName.problem(with: resource.name)
                throw ControllerError(
                    problem == nil ? .unknownTopicOrPartition : .invalidTopicException,
                    problem ?? "The topic '\(resource.name.excerpt)' does not exist.")
            }
            return config.schemas.topic.definitions.map {
                ($0, .ofTopic($0, set: set, image: image, config: config))
            }
        case .broker: return try brokerValues(resource, set, image)
        case .group:
            guard !resource.name.isEmpty else {
                throw ControllerError(.invalidRequest, "Group name must not be empty.")
            }
            return ConfigSchema.group.definitions.map {
                ($0, .ofGroup($0, set: set, image: image, config: config))
            }
        case .clientMetrics:
            guard !resource.name.isEmpty else {
                throw ControllerError(.invalidRequest, "Client metrics subscription name must not be empty.")
            }
            return ConfigSchema.clientMetrics.definitions.map { ($0, .ofClientMetrics($0, set: set)) }
        case .brokerLogger:
            throw ControllerError(
                .invalidRequest, "This broker has one log level, which --log-level sets at its start.")
        case .unknown: throw ControllerError(.invalidRequest, "Unknown resource type.")
        }
    }

    private func brokerValues(
        _ resource: ConfigResource, _ set: [String: String], _ image: MetadataImage
    ) throws(ControllerError) -> [(ConfigDefinition, ConfigValue)] {
        if resource.name.isEmpty {
            // The defaults of all brokers: only what was set for them.
            return config.schemas.broker.definitions.compactMap { definition in
                set[definition.name].map { text in
                    let level = ConfigValue.Level(
                        name: definition.name, value: definition.normalized(text), source: .dynamicDefaultBroker)
                    return (definition, ConfigValue(levels: [level]))
                }
            }
        }
        guard NodeID(resource.name) == config.nodeID else {
            throw ControllerError(
                .invalidRequest,
                "Unexpected broker id, expected \(config.nodeID) or empty string, but received "
                    + resource.name.excerpt)
        }
        return config.schemas.broker.definitions.map { ($0, .ofBroker($0, image: image, config: config)) }
    }

    private static func isWanted(_ definition: ConfigDefinition, _ resource: Resource) -> Bool {
        guard let keys = resource.configurationKeys, !keys.isEmpty else { return true }
        return keys.contains(definition.name) || definition.formerNames.contains(where: keys.contains)
    }

    private static func entry(
        _ definition: ConfigDefinition, _ value: ConfigValue, of kind: ConfigResource.Kind,
        _ request: DescribeConfigsRequest
    ) -> Entry {
        var entry = Entry()
        let isSensitive = definition.type == .password
        entry.name = definition.name
        entry.value = isSensitive ? nil : value.value
        entry.readOnly = (kind == .broker || kind == .topic) && definition.isReadOnly
        entry.configSource = value.source.rawValue
        entry.isSensitive = isSensitive
        entry.configType = definition.type.rawValue
        if request.includeSynonyms {
            entry.synonyms = value.levels.map { level in
                .init(name: level.name, value: isSensitive ? nil : level.text, source: level.source.rawValue)
            }
        }
        entry.documentation = request.includeDocumentation ? definition.documentation : nil
        return entry
    }
}
