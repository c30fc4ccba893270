public import BrokerPluginAPI
package import BrokerWire

/// Which quotas a DescribeClientQuotas request asks for.
public struct ClientQuotaFilter: Sendable {
    /// What a part of an entity must be.
    public enum Match: Hashable, Sendable {
        case name(ClientQuotaEntity.Name)
        /// Any name, or everyone else.
        case anything
    }

    public var parts: [ClientQuotaEntity.Dimension: Match] = [:]
    /// Whether the entity may have no other parts.
    public var isStrict: Bool

    /// - Throws: what is wrong with the request.
    package init(_ request: DescribeClientQuotasRequest) throws(ClientQuotaFilterError) {
        isStrict = request.strict
        for component in request.components {
            let type = component.entityType
            guard !type.isEmpty else { throw .invalid("Invalid empty entity type.") }
            guard let dimension = ClientQuotaEntity.Dimension(rawValue: type) else {
                throw .unsupported("Unsupported entity type '\(type.prefix(64))'; there are user, client-id and ip.")
            }
            guard parts[dimension] == nil else {
                throw .invalid("Entity type \(type) cannot appear more than once in the filter.")
            }
            parts[dimension] = try Self.match(component)
        }
        if parts[.ip] != nil, parts.count > 1 {
            throw .invalid("An ip filter component cannot be combined with user or client-id components.")
        }
    }

    private static func match(
        _ component: DescribeClientQuotasRequest.ComponentData
    ) throws(ClientQuotaFilterError) -> Match {
        switch (component.matchType, component.match) {
        case (0, let name?): return .name(.exactly(name))
        case (0, nil): throw .invalid("An exact match of \(component.entityType) needs a name.")
        case (1, nil): return .name(.anyOther)
        case (2, nil): return .anything
        case (1, _), (2, _): throw .invalid("Only an exact match of \(component.entityType) may have a name.")
        default: throw .invalid("Unknown match type \(component.matchType).")
        }
    }

    public func matches(_ entity: ClientQuotaEntity) -> Bool {
        for (dimension, match) in parts {
            guard let name = entity[dimension] else { return false }
            if case .name(let wanted) = match, wanted != name { return false }
        }
        return !isStrict || entity.parts.count == parts.count
    }
}

/// What is wrong with a request for quotas.
public enum ClientQuotaFilterError: Error, Hashable, Sendable {
    case invalid(String)
    /// It names a kind of entity that is not known.
    case unsupported(String)
}
