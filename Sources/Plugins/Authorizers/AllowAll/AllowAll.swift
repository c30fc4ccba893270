public import BrokerPluginAPI

/// Allows everyone everything: what a broker does when no authorizer is configured.
public struct AllowAll: Authorizer, Plugin {
    public static let name = "allow-all"
    public static let summary = "Everybody may do everything."

    public init(_ configuration: NoConfiguration = NoConfiguration()) {}

    public var allowsEverything: Bool { true }

    public func authorize(
        _ actions: [AuthorizableAction], for context: RequestContext
    ) -> [AuthorizationResult] {
        [AuthorizationResult](repeating: .allowed, count: actions.count)
    }
}
