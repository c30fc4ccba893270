import BrokerPrimitives
package import BrokerWire

/// A request that changes configs, resource by resource: IncrementalAlterConfigs, or its forerunner AlterConfigs.
package protocol ConfigAlteration: WireRequest {
    /// Whether a resource's configs go back to their defaults where the request does not name them.
    static var replacesAll: Bool { get }
    var validateOnly: Bool { get }
    /// What is wanted, in the request's order.
    var alterations: [ResourceAlteration] { get }
    /// The answer: an error for each of `alterations`, nil for one that was done.
    func response(_ errors: [ControllerError?]) -> Response
}

/// The changes of one resource's configs.
package struct ResourceAlteration: Sendable {
    package var type: Int8
    package var name: String
    package var changes: [Change]

    package struct Change: Sendable {
        package var name: String
        /// As on the wire.
        package var operation: Int8
        package var value: String?
    }

    enum Operation: Int8 {
        case set = 0
        case delete = 1
        case append = 2
        case subtract = 3
    }
}

extension IncrementalAlterConfigsRequest: ConfigAlteration {
    package static var replacesAll: Bool { false }

    package var alterations: [ResourceAlteration] {
        resources.map { resource in
            ResourceAlteration(
                type: resource.resourceType, name: resource.resourceName,
                changes: resource.configs.map {
                    .init(name: $0.name, operation: $0.configOperation, value: $0.value)
                })
        }
    }

    package func response(_ errors: [ControllerError?]) -> IncrementalAlterConfigsResponse {
        var response = IncrementalAlterConfigsResponse()
        response.responses = zip(resources, errors).map { resource, error in
            .init(
                errorCode: error?.code ?? .none, errorMessage: error?.message, resourceType: resource.resourceType,
                resourceName: resource.resourceName)
        }
        return response
    }
}

extension AlterConfigsRequest: ConfigAlteration {
    package static var replacesAll: Bool { true }

    package var alterations: [ResourceAlteration] {
        let set = ResourceAlteration.Operation.set.rawValue
        return resources.map { resource in
            ResourceAlteration(
                type: resource.resourceType, name: resource.resourceName,
                changes: resource.configs.map { .init(name: $0.name, operation: set, value: $0.value) })
        }
    }

    package func response(_ errors: [ControllerError?]) -> AlterConfigsResponse {
        var response = AlterConfigsResponse()
        response.responses = zip(resources, errors).map { resource, error in
            .init(
                errorCode: error?.code ?? .none, errorMessage: error?.message, resourceType: resource.resourceType,
                resourceName: resource.resourceName)
        }
        return response
    }
}
