public import BrokerPluginAPI

/// Keeps data in a directory of the file system.
public struct FileStorage: StorageProvider, Plugin {
    public static let name = "file"
    public static let summary = "Files in a directory, as Apache Kafka keeps them."

    public init(_ configuration: NoConfiguration = NoConfiguration()) {}

    public func open(_ directory: String) throws(StorageError) -> any StorageBackend {
        FileStorageBackend(root: directory)
    }
}
