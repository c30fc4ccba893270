/// Whom a quota is for: a user, a client, a client of a user, or an address.
public struct ClientQuotaEntity: Hashable, Sendable {
    /// The kinds of entity, in Kafka's words.
    public enum Dimension: String, CaseIterable, Sendable {
        case clientID = "client-id"
        case ip
        case user
    }

    /// One or everyone who has no quota of its own.
    public enum Name: Hashable, Sendable {
        case exactly(String)
        case anyOther

        /// As in records and requests, where null stands for everyone else.
        public init(_ text: String?) { self = text.map(Name.exactly) ?? .anyOther }

        public var text: String? {
            switch self {
            case .exactly(let text): text
            case .anyOther: nil
            }
        }
    }

    public var user: Name?
    public var clientID: Name?
    public var ip: Name?

    public init(user: Name? = nil, clientID: Name? = nil, ip: Name? = nil) {
        self.user = user
        self.clientID = clientID
        self.ip = ip
    }

    public subscript(dimension: Dimension) -> Name? {
        get {
            switch dimension {
            case .clientID: clientID
            case .ip: ip
            case .user: user
            }
        }
        set {
            switch dimension {
            case .clientID: clientID = newValue
            case .ip: ip = newValue
            case .user: user = newValue
            }
        }
    }

    /// Its parts, always in the same order.
    public var parts: [(dimension: Dimension, name: Name)] {
        Dimension.allCases.compactMap { dimension in self[dimension].map { (dimension, $0) } }
    }
}

extension ClientQuotaEntity: Comparable {
    public static func < (left: Self, right: Self) -> Bool { left.order.lexicographicallyPrecedes(right.order) }

    private var order: [String] {
        // Nothing, then everyone else, then names.
        Dimension.allCases.map { dimension in
            switch self[dimension] {
            case nil: ""
            case .anyOther: "0"
            case .exactly(let name): "1\(name)"
            }
        }
    }
}
