public import BrokerPluginAPI

/// Keeps data in memory, until the process ends.
public struct MemoryStorage: StorageProvider, Plugin {
    public static let name = "memory"
    public static let summary = "Memory: fast, and gone when the broker ends."

    public init(_ configuration: NoConfiguration = NoConfiguration()) {}

    public var isPersistent: Bool { false }

    /// A new one, whatever the directory.
    public func open(_ directory: String) throws(StorageError) -> any StorageBackend { MemoryStorageBackend() }
}
