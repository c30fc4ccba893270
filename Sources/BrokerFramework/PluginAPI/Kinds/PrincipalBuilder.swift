/// Says who a connection is from: the principal that authorizers judge and quotas are set for.
///
/// Asked once for each connection, when it is accepted, on the thread that will serve it: it must not block. Whoever gets
/// no principal is not served: the connection is closed, and the log has a line about it.
public protocol PrincipalBuilder: Sendable {
    /// The principal: a type, a colon and a name, as in `User:alice`; `User:ANONYMOUS` for somebody who is not known.
    ///
    /// At most 512 bytes and no control characters. Anything else counts as an error.
    ///
    /// - Throws: any error closes the connection.
    func principal(for connection: AuthenticationContext) throws(PluginError) -> String
}

extension Plugin where Self: PrincipalBuilder {
    public static var kind: PluginKind { .principalBuilder }
}

/// What is known of a connection.
public struct AuthenticationContext: Hashable, Sendable {
    /// The name of the listener that accepted it, `PLAINTEXT` for example.
    public var listener: String
    /// The client's address, without the port.
    public var host: String
    /// The address and port by which the client reached the broker.
    public var localHost: String
    public var localPort: Int

    public init(listener: String, host: String, localHost: String, localPort: Int) {
        self.listener = listener
        self.host = host
        self.localHost = localHost
        self.localPort = localPort
    }
}

/// What a principal must look like.
public enum PrincipalName {
    /// Of somebody who is not known.
    public static let anonymous = "User:ANONYMOUS"

    /// What is wrong with a principal, as the rest of a sentence that begins with "it"; nil if nothing is.
    public static func problem(with principal: String) -> String? {
        let parts = principal.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1)
        guard parts.count == 2, principal.utf8.first != UInt8(ascii: ":") else {
            return "is not a type, a colon and a name, as in User:alice"
        }
        guard principal.utf8.count <= 512 else { return "has more than 512 bytes" }
        return principal.utf8.contains { $0 < 0x20 || $0 == 0x7f } ? "has control characters" : nil
    }
}
