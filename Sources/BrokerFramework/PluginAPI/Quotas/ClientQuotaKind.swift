/// What a quota limits; for each second.
public enum ClientQuotaKind: UInt8, CaseIterable, Sendable {
    case producerByteRate
    case consumerByteRate
    /// Percent of one thread's time.
    case requestPercentage
    /// Partitions created and deleted (KIP-599).
    case controllerMutationRate
    /// Connections accepted from an address (KIP-612).
    case connectionCreationRate

    /// The name in records and requests.
    public var name: String {
        switch self {
        case .producerByteRate: "producer_byte_rate"
        case .consumerByteRate: "consumer_byte_rate"
        case .requestPercentage: "request_percentage"
        case .controllerMutationRate: "controller_mutation_rate"
        case .connectionCreationRate: "connection_creation_rate"
        }
    }

    public init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }

    /// Whether it belongs to an address rather than to a user or client.
    public var isForAddresses: Bool { self == .connectionCreationRate }

    /// What a quota may be at most, where it must be a whole number; nil where it need not.
    public var largestWholeNumber: Double? {
        switch self {
        case .producerByteRate, .consumerByteRate: Double(Int64.max)
        case .connectionCreationRate: Double(Int32.max)
        case .requestPercentage, .controllerMutationRate: nil
        }
    }
}
