import BrokerPrimitives
package import BrokerWire

/// Says that there are no ACLs to describe: the authorizer, if there is one, does not keep its rules as Kafka's ACLs.
package struct DescribeAclsHandler: APIHandler {
    package typealias Request = DescribeAclsRequest

    package init() {}

    package func handle(_ request: DescribeAclsRequest, _ call: Call<DescribeAclsRequest>) {
        call.respond(DescribeAclsResponse(errorCode: .securityDisabled, errorMessage: Self.noACLs))
    }

    static let noACLs = "No Authorizer is configured that keeps ACLs."
}
