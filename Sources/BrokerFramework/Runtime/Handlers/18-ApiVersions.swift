import BrokerMetadata
import BrokerPrimitives
package import BrokerWire

/// Tells which APIs and versions are served, and the finalized features.
package struct ApiVersionsHandler: APIHandler {
    package typealias Request = ApiVersionsRequest

    private let served: [APIKey: ClosedRange<Int16>]
    private let metadata: MetadataView
    /// The finalized level of kraft.version, which is not in the metadata but in the quorum's control records.
    private let kraftVersion: Int16

    package init(metadata: MetadataView, kraftVersion: Int16, served: [APIKey: ClosedRange<Int16>]) {
        self.metadata = metadata
        self.kraftVersion = kraftVersion
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
        // Before version 4 a client cannot read a feature whose range begins at 0.
        response.supportedFeatures = BrokerFeatures.supported.filter { call.version >= 4 || $0.minimum > 0 }.map {
            ApiVersionsResponse.SupportedFeatureKey(name: $0.name, minVersion: $0.minimum, maxVersion: $0.maximum)
        }
        response.finalizedFeaturesEpoch = image.offset
        var levels = image.features
        levels["kraft.version"] = kraftVersion > 0 ? kraftVersion : nil
        response.finalizedFeatures = BrokerFeatures.supported.compactMap { feature in
            levels[feature.name].map { level in
                ApiVersionsResponse.FinalizedFeatureKey(
                    name: feature.name, maxVersionLevel: level, minVersionLevel: level)
            }
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
