import BrokerMetadata
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells what has configs: topics, brokers, and the groups and client metrics subscriptions that some are set for
/// (KIP-1142). Version 0 asks for client metrics subscriptions alone.
package struct ListConfigResourcesHandler: APIHandler {
    package typealias Request = ListConfigResourcesRequest

    private let metadata: MetadataView

    package init(metadata: MetadataView) { self.metadata = metadata }

    package func actions(for request: ListConfigResourcesRequest) -> [AuthorizableAction] {
        [.cluster(.describeConfigs)]
    }

    package func handle(_ request: ListConfigResourcesRequest, _ call: Call<ListConfigResourcesRequest>) {
        var response = ListConfigResourcesResponse()
        guard call.rights.allows(.cluster(.describeConfigs)) else {
            response.errorCode = .clusterAuthorizationFailed
            return call.respond(response)
        }
        let asked = request.resourceTypes.map { ConfigResource.Kind(rawValue: $0) ?? .unknown }
        guard !asked.contains(.unknown) else {
            response.errorCode = .unsupportedVersion
            return call.respond(response)
        }
        let all: [ConfigResource.Kind] = [.topic, .broker, .brokerLogger, .clientMetrics, .group]
        let kinds = call.version == 0 ? [.clientMetrics] : all.filter { asked.isEmpty || asked.contains($0) }
        let image = metadata.image
        response.configResources = kinds.flatMap { kind in
            names(of: kind, image).map { .init(resourceName: $0, resourceType: kind.rawValue) }
        }
        call.respond(response)
    }

    private func names(of kind: ConfigResource.Kind, _ image: MetadataImage) -> [String] {
        switch kind {
        case .topic: image.topics.names
        case .broker: image.brokers.keys.sorted().map(String.init)
        case .group, .clientMetrics: image.configured(kind)
        // There is one level for all loggers, and it is no config.
        case .brokerLogger, .unknown: []
        }
    }
}
