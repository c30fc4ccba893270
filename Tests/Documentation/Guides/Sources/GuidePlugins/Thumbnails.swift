import BrokerFramework

/// What a configuration can hold, shown on a partitioner that keeps large values apart.
public struct Thumbnails: Partitioner, Plugin {
    public static let name = "thumbnails"
    public static let summary = "Large values have the last partitions."

    /// A word among some.
    public enum Mode: String, CaseIterable, ConfigKeyValue {
        case strict, lenient
    }

    public struct Configuration: PluginConfiguration {
        public var large = ByteCount(64 << 10)
        public var share = Percent(0.25)
        public var mode = Mode.strict
        public var names: [String] = []
        public var isActive = true
        public var token = ""

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("large", \.large, "From what size on a value is large.", in: ByteCount(1)...ByteCount(1 << 30))
            ConfigKey("share", \.share, "What share of the partitions large values have.")
                .renamed(from: "percentage")
            ConfigKey("mode", \.mode, "Whether small values may use partitions for large ones.")
            ConfigKey("names", \.names, "The topics it is for; empty for all.") { names in
                names.count <= 100 ? nil : "at most 100 names"
            }
            ConfigKey("active", \.isActive, "Whether it does anything at all.").requiringRestart()
            ConfigKey("token", \.token, "What it identifies itself with.").secret()
        }

        public var problem: String? {
            mode == .strict && share.fraction == 1 ? "`share` must be less than 100% while `mode` is 'strict'." : nil
        }
    }

    private let configuration: Configuration

    public init(_ configuration: Configuration) throws(PluginError) { self.configuration = configuration }

    public func partition(for record: PartitionerContext) -> PartitionIndex {
        let count = record.partitionCount
        let reserved = min(count - 1, PartitionIndex(Double(count) * configuration.share.fraction))
        let isLarge = Int64(record.value?.readableBytes ?? 0) >= configuration.large.bytes
        guard configuration.isActive, reserved > 0 else { return 0 }
        return isLarge ? count - reserved : 0
    }
}
