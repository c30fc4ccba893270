import BrokerMetadata
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells the quotas that are set.
package struct DescribeClientQuotasHandler: APIHandler {
    package typealias Request = DescribeClientQuotasRequest

    private let metadata: MetadataView

    package init(metadata: MetadataView) { self.metadata = metadata }

    package func actions(for request: DescribeClientQuotasRequest) -> [AuthorizableAction] {
        [.cluster(.describeConfigs)]
    }

    package func handle(_ request: DescribeClientQuotasRequest, _ call: Call<DescribeClientQuotasRequest>) {
        guard call.rights.allows(.cluster(.describeConfigs)) else {
            return refuse(call, .clusterAuthorizationFailed, "Not authorized.")
        }
        let filter: ClientQuotaFilter
        do throws(ClientQuotaFilterError) { filter = try ClientQuotaFilter(request) } catch {
            switch error {
            case .invalid(let message): return refuse(call, .invalidRequest, message)
            case .unsupported(let message): return refuse(call, .unsupportedVersion, message)
            }
        }
        var response = DescribeClientQuotasResponse()
        response.errorMessage = nil
        let found = metadata.image.quotas.all.filter { filter.matches($0.key) }.sorted { $0.key < $1.key }
        response.entries = found.map { entity, quotas in
            .init(
                entity: entity.parts.map { .init(entityType: $0.dimension.rawValue, entityName: $0.name.text) },
                values: quotas.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: $0.value) })
        }
        call.respond(response)
    }

    private func refuse(_ call: Call<DescribeClientQuotasRequest>, _ code: ErrorCode, _ message: String) {
        call.respond(DescribeClientQuotasResponse(errorCode: code, errorMessage: message, entries: nil))
    }
}
