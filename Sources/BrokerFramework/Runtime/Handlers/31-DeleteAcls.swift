import BrokerPrimitives
package import BrokerWire

/// Says that there are no ACLs to delete.
package struct DeleteAclsHandler: APIHandler {
    package typealias Request = DeleteAclsRequest

    package init() {}

    package func handle(_ request: DeleteAclsRequest, _ call: Call<DeleteAclsRequest>) {
        let refusal = DeleteAclsResponse.DeleteAclsFilterResult(
            errorCode: .securityDisabled, errorMessage: DescribeAclsHandler.noACLs)
        call.respond(DeleteAclsResponse(filterResults: request.filters.map { _ in refusal }))
    }
}
