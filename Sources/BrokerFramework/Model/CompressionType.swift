/// How the records of a batch are compressed: bits 0–2 of the batch's attributes.
public enum CompressionType: UInt8, Sendable, CaseIterable {
    case none = 0
    case gzip = 1
    case snappy = 2
    case lz4 = 3
    case zstd = 4

    /// The name in configurations, `gzip` for example.
    public var name: String {
        switch self {
        case .none: "none"
        case .gzip: "gzip"
        case .snappy: "snappy"
        case .lz4: "lz4"
        case .zstd: "zstd"
        }
    }

    /// The codec of that name in configurations; `uncompressed` is Kafka's other word for `none`.
    public init?(name: String) {
        if name == "uncompressed" {
            self = .none
            return
        }
        guard let type = Self.allCases.first(where: { $0.name == name }) else { return nil }
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
