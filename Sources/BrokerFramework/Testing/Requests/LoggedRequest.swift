public import BrokerModel
internal import BrokerRuntime
public import BrokerWire

/// A request that a client sent, and what became of it.
public struct LoggedRequest: Sendable, CustomStringConvertible {
    /// How the broker ended it.
    public enum Outcome: Sendable {
        /// With this answer.
        case answered(any WireResponse)
        /// Without one, since the client wanted none.
        case unanswered
        /// By closing the connection.
        case disconnected
    }

    public let api: APIKey
    public let version: Int16
    /// What the client calls itself.
    public let clientID: String?
    /// The same for all requests of one connection.
    public let connection: UInt64
    /// When it was read, on the broker's clock: milliseconds since 1970.
    public let time: Timestamp
    public let request: any WireRequest
    /// Nil while it is under way.
    public internal(set) var outcome: Outcome?

    /// The answer, if there is one already and it is of this type.
    public func response<Response: WireResponse>(_ type: Response.Type = Response.self) -> Response? {
        guard case .answered(let response) = outcome else { return nil }
        return response as? Response
    }

    /// API, version and client, and how it ended.
    public var description: String {
        let end =
            switch outcome {
            case .answered: "answered"
            case .unanswered: "without an answer"
            case .disconnected: "disconnected"
            case nil: "under way"
            }
        return "\(api.name) v\(version) of \(clientID ?? "an unnamed client"): \(end)"
    }
}

extension LoggedRequest.Outcome {
    init(_ end: CallEnd<some WireResponse>) {
        switch end {
        case .answer(let response, _, _): self = .answered(response)
        case .nothing: self = .unanswered
        case .close: self = .disconnected
        }
    }
}
