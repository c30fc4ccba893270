public import BrokerPluginAPI

/// Allows everyone everything: what a broker does when no authorizer is configured.
public struct AllowAll: Authorizer {
    public init() {}

    public var allowsEverything: Bool { true }

    public func authorize(
        _ actions: [AuthorizableAction], for context: RequestContext
    ) -> [AuthorizationResult] {
        [AuthorizationResult](repeating: .allowed, count: actions.count)
    }
}
