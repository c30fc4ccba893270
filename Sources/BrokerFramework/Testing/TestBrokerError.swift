/// Why a test broker could not do what it was asked, and what to do about it.
public struct TestBrokerError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
