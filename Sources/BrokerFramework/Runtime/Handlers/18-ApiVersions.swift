import BrokerMetadata
import BrokerPrimitives
package import BrokerWire

/// Tells which APIs and versions are served, and the finalized features.
package struct ApiVersionsHandler: APIHandler {
    package typealias Request = ApiVersionsRequest

    private let served: [APIKey: ClosedRange<Int16>]
    private let metadata: MetadataView

    package init(metadata: MetadataView, served: [APIKey: ClosedRange<Int16>]) {
        self.metadata = metadata
        self.served = served
    }

    package func handle(_ request: ApiVersionsRequest, _ call: Call<ApiVersionsRequest>) {
        var response = ApiVersionsResponse()
        if call.version >= 3,
            !Self.isSoftwareName(request.clientSoftwareName) || !Self.isSoftwareName(request.clientSoftwareVersion)
        {
            response.errorCode = .invalidRequest
            return call.respond(response)
        }
        response.apiKeys = served.sorted { $0.key.rawValue < $1.key.rawValue }.map { key, versions in
            // librdkafka turns compression off where Produce does not reach back to 0, so Kafka says it does
            // (KAFKA-18659).
            let first = key == .produce ? 0 : versions.lowerBound
            return ApiVersionsResponse.ApiVersion(
                apiKey: key.rawValue, minVersion: first, maxVersion: versions.upperBound)
        }
        let image = metadata.image
        response.supportedFeatures = BrokerFeatures.supported.map { feature in
            ApiVersionsResponse.SupportedFeatureKey(
                name: feature.name, minVersion: feature.minimum, maxVersion: feature.maximum)
        }
        response.finalizedFeaturesEpoch = image.offset
        response.finalizedFeatures = image.features.sorted { $0.key < $1.key }.map { name, level in
            ApiVersionsResponse.FinalizedFeatureKey(name: name, maxVersionLevel: level, minVersionLevel: level)
        }
        call.respond(response)
    }

    /// Letters, digits, `-` and `.`, beginning and ending with a letter or digit (KIP-511).
    private static func isSoftwareName(_ name: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        guard let first = name.utf8.first, let last = name.utf8.last, isAlphanumeric(first), isAlphanumeric(last)
        else { return false }
        return name.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }
}
