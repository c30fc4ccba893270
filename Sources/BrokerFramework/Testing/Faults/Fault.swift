/// Something that goes wrong, until it is used up or cancelled.
public struct Fault: Sendable {
    let id: Int
    let faults: Faults

    /// How many requests it has met.
    public var count: Int { faults.count(id) }

    /// How many answers it keeps back now.
    public var heldCount: Int { faults.heldCount(id) }

    /// Ends it. Answers that it holds or delays are sent now; those still being made are sent when they are ready.
    public func cancel() { faults.cancel(id) }
}
