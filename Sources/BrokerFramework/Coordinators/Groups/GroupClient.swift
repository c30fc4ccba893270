package import BrokerPrimitives

/// Who sent a group's request.
package struct GroupClient: Hashable, Sendable {
    /// What the client calls itself; empty if it does not.
    package var id: String
    /// The client's address, in Kafka's form: with a slash in front.
    package var host: String

    package init(id: String, host: String) {
        self.id = id
        self.host = "/" + host
    }
}

/// Why a request about a group was refused.
package struct GroupError: Error, Hashable, Sendable {
    package var code: ErrorCode
    package init(_ code: ErrorCode) { self.code = code }
}
