import BrokerPrimitives
package import BrokerWire

/// Refuses to create ACLs: no authorizer here would heed them.
package struct CreateAclsHandler: APIHandler {
    package typealias Request = CreateAclsRequest

    package init() {}

    package func handle(_ request: CreateAclsRequest, _ call: Call<CreateAclsRequest>) {
        let refusal = CreateAclsResponse.AclCreationResult(
            errorCode: .securityDisabled, errorMessage: DescribeAclsHandler.noACLs)
        call.respond(CreateAclsResponse(results: request.creations.map { _ in refusal }))
    }
}
