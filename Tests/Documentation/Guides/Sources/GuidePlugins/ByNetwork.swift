import BrokerFramework

/// Who connects from this machine is its administrator; everybody else is known by address.
public struct ByNetwork: PrincipalBuilder, Plugin {
    public static let name = "by-network"
    public static let summary = "The address says who somebody is."

    public init(_ configuration: NoConfiguration) {}

    public func principal(for connection: AuthenticationContext) throws(PluginError) -> String {
        switch connection.host {
        case "": throw .reject("It has no address.")
        case "127.0.0.1", "::1": return "User:admin"
        default: return "Host:\(connection.host)"
        }
    }
}
