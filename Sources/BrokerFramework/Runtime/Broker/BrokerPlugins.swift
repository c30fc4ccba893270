public import BrokerPluginAPI

/// What a broker is made of: the plug-ins it was assembled with.
public struct BrokerPlugins: Sendable {
    /// The codecs, one for each compression type that is served.
    public var codecs: [any CompressionCodec]
    /// Decides who may do what.
    public var authorizer: any Authorizer
    /// Opens the storage of a log directory, by the directory's path.
    public var storage: @Sendable (String) throws(StorageError) -> any StorageBackend
    /// Makes the storage of a broker that keeps nothing when it ends.
    public var ephemeralStorage: @Sendable () -> any StorageBackend

    public init(
        codecs: [any CompressionCodec], authorizer: any Authorizer,
        storage: @escaping @Sendable (String) throws(StorageError) -> any StorageBackend,
        ephemeralStorage: @escaping @Sendable () -> any StorageBackend
    ) {
        self.codecs = codecs
        self.authorizer = authorizer
        self.storage = storage
        self.ephemeralStorage = ephemeralStorage
    }
}
