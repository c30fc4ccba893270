/// Who sent a group's request.
package struct GroupClient: Hashable, Sendable {
    /// What the client calls itself; empty if it does not.
    package var id: String
    /// The client's address, in Kafka's form: with a slash in front.
    package var host: String

    /// - Parameter address: without a slash.
    package init(id: String, address: String) { self.init(id: id, host: "/" + address) }

    init(id: String, host: String) {
        self.id = id
        self.host = host
    }
}
