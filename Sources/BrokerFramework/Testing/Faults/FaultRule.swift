internal import BrokerPrimitives
internal import BrokerWire

/// Which requests go wrong, and how.
struct FaultRule: Sendable {
    enum Effect: Sendable {
        case fail(ErrorCode)
        /// Nil until cancelled.
        case hold(Duration?)
        case drop(Faults.Moment)
    }

    let id: Int
    let api: APIKey
    let topic: String?
    let clientID: String?
    let effect: Effect
    /// Nil without end.
    var remaining: Int?
}
