public import BrokerPluginAPI

/// Knows nobody: every connection is from `User:ANONYMOUS`, as on Kafka's listeners without authentication.
public struct AnonymousPrincipals: PrincipalBuilder, Plugin {
    public static let name = "anonymous"
    public static let summary = "Everybody is User:ANONYMOUS, as without authentication."

    public init(_ configuration: NoConfiguration = NoConfiguration()) {}

    public func principal(for connection: AuthenticationContext) -> String { PrincipalName.anonymous }
}
