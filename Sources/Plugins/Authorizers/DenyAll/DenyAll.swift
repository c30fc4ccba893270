public import BrokerPluginAPI

/// Allows nobody anything: a broker to look at from the inside, or the safe side of a doubt.
public struct DenyAll: Authorizer, Plugin {
    public static let name = "deny-all"
    public static let summary = "Nobody may do anything."

    public init(_ configuration: NoConfiguration = NoConfiguration()) {}

    public func authorize(
        _ actions: [AuthorizableAction], for context: RequestContext
    ) -> [AuthorizationResult] {
        [AuthorizationResult](repeating: .denied, count: actions.count)
    }
}
