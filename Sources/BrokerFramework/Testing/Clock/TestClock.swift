public import BrokerModel

/// Which time a test broker lives by.
public struct TestClock: Sendable {
    private enum Kind {
        case system
        case virtual(Timestamp?)
    }

    private let kind: Kind

    /// The machine's.
    public static let system = TestClock(kind: .system)

    /// One of its own, which stands still until the test advances it. Begins with the machine's date.
    public static let virtual = TestClock(kind: .virtual(nil))

    /// The same, from a date on.
    ///
    /// Clients that do not ask the broker for the time still stamp records with the machine's: where the two are more
    /// than an hour apart, the broker refuses such records, as Kafka does.
    ///
    /// - Parameter start: milliseconds since 1970.
    public static func virtual(startingAt start: Timestamp) -> TestClock { TestClock(kind: .virtual(start)) }

    func makeClock() -> VirtualClock? {
        switch kind {
        case .system: nil
        case .virtual(let start): VirtualClock(start: start)
        }
    }
}
