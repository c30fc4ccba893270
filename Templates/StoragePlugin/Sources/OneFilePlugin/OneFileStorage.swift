import BrokerPluginAPI

/// Keeps a log directory in one SQLite database: one file to copy, to back up, to look into with SQL.
public struct OneFileStorage: StorageProvider, Plugin {
    public static let name = "one-file"
    public static let summary = "Everything in one SQLite database, for small brokers that are copied and looked into."

    public struct Configuration: PluginConfiguration {
        public var file = "broker.sqlite"
        public var cache = ByteCount(16 << 20)

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("file", \.file, "The database's name in the log directory.") { name in
                name.isEmpty || name.contains("/") ? "a file's name, without a directory" : nil
            }
            ConfigKey(
                "cache", \.cache, "How much memory SQLite may keep pages in.",
                in: ByteCount(1 << 20)...ByteCount(1 << 40))
        }
    }

    private let configuration: Configuration

    public init(_ configuration: Configuration) { self.configuration = configuration }

    public func open(_ directory: String) throws(StorageError) -> any StorageBackend {
        try OneFileStorageBackend(
            directory: directory, file: configuration.file, cacheByteCount: configuration.cache.bytes)
    }
}
