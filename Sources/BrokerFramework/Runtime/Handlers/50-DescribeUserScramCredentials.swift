import BrokerMetadata
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells which users have SCRAM credentials, and with how many iterations; never what they are (KIP-554).
package struct DescribeUserScramCredentialsHandler: APIHandler {
    package typealias Request = DescribeUserScramCredentialsRequest
    private typealias Result = DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult

    private let metadata: MetadataView

    package init(metadata: MetadataView) { self.metadata = metadata }

    package func actions(for request: DescribeUserScramCredentialsRequest) -> [AuthorizableAction] {
        [.cluster(.describe)]
    }

    package func handle(
        _ request: DescribeUserScramCredentialsRequest, _ call: Call<DescribeUserScramCredentialsRequest>
    ) {
        var response = DescribeUserScramCredentialsResponse(errorMessage: nil)
        guard call.rights.allows(.cluster(.describe)) else {
            response.errorCode = .clusterAuthorizationFailed
            response.errorMessage = "Not authorized."
            return call.respond(response)
        }
        let known = Dictionary(grouping: metadata.image.scramCredentials, by: \.user)
        let asked = (request.users ?? []).map(\.name)
        let counts = Dictionary(asked.map { ($0, 1) }, uniquingKeysWith: +)
        let names = asked.isEmpty ? known.keys.sorted() : counts.keys.sorted()
        response.results = names.map { name in
            var result = Result(user: name, errorMessage: nil)
            if counts[name, default: 1] > 1 {
                result.errorCode = .duplicateResource
                result.errorMessage = "The user '\(name.excerpt)' is named more than once."
            } else if let credentials = known[name] {
                result.credentialInfos = credentials.map { .init(mechanism: $0.mechanism, iterations: $0.iterations) }
            } else {
                result.errorCode = .resourceNotFound
                result.errorMessage = "The user '\(name.excerpt)' has no SCRAM credentials."
            }
            return result
        }
        call.respond(response)
    }
}
