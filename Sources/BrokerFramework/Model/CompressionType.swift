/// How the records of a batch are compressed: bits 0–2 of the batch's attributes.
public enum CompressionType: UInt8, Sendable {
    case none = 0
    case gzip = 1
    case snappy = 2
    case lz4 = 3
    case zstd = 4
    /// Free in Kafka's protocol, for a codec of one's own. Clients that have no such codec cannot read the batch.
    case custom5 = 5
    /// Free in Kafka's protocol, for a codec of one's own. Clients that have no such codec cannot read the batch.
    case custom6 = 6
    /// Free in Kafka's protocol, for a codec of one's own. Clients that have no such codec cannot read the batch.
    case custom7 = 7

    /// The types that every Kafka client knows.
    public static let standard: [CompressionType] = [.none, .gzip, .snappy, .lz4, .zstd]

    /// Whether the number is one of those that Kafka leaves free.
    public var isCustom: Bool { rawValue > CompressionType.zstd.rawValue }

    /// Kafka's name in configurations, `gzip` for example. A custom type is called what its plug-in is called; here it
    /// has a word for messages.
    public var name: String {
        switch self {
        case .none: "none"
        case .gzip: "gzip"
        case .snappy: "snappy"
        case .lz4: "lz4"
        case .zstd: "zstd"
        case .custom5, .custom6, .custom7: "custom-\(rawValue)"
        }
    }

    /// The type that has that name in Kafka's configurations; `uncompressed` is Kafka's other word for `none`.
    public init?(name: String) {
        if name == "uncompressed" {
            self = .none
            return
        }
        guard let type = Self.standard.first(where: { $0.name == name }) else { return nil }
        self = type
    }
}

/// Who set the timestamps of a batch: bit 3 of its attributes.
public enum TimestampType: UInt8, Sendable {
    /// The producer, record by record.
    case createTime = 0
    /// The broker, when it appended the batch.
    case logAppendTime = 1
}
