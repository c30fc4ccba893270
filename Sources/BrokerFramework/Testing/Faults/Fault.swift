/// Something that goes wrong, until it is used up or cancelled.
public struct Fault: Sendable {
    let id: Int
    let faults: Faults

    /// How many requests it has met.
    public var count: Int { faults.count(id) }

    /// Ends it. Answers that it holds or delays are sent now.
    public func cancel() { faults.cancel(id) }
}
