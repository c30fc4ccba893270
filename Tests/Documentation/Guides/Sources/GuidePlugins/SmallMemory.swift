import BrokerFramework

/// Memory with a bound of one's choice: a broker that forgets, and cannot grow.
public struct SmallMemory: StorageProvider, Plugin {
    public static let name = "small-memory"
    public static let summary = "Memory, up to a bound."

    public struct Configuration: PluginConfiguration {
        public var capacity = ByteCount(64 << 20)

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey(
                "capacity", \.capacity, "The most bytes to keep; more fail as on a full disk.",
                in: ByteCount(16 << 20)...ByteCount(1 << 40))
        }
    }

    private let capacity: Int64

    public var isPersistent: Bool { false }

    public init(_ configuration: Configuration) { capacity = configuration.capacity.bytes }

    public func open(_ directory: String) throws(StorageError) -> any StorageBackend {
        MemoryStorageBackend(capacity: capacity)
    }
}
