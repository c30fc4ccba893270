public import BrokerMetadata
internal import BrokerModel
public import BrokerPluginAPI

/// The plug-ins a broker as a whole works with, made as its configuration says.
public struct BrokerPlugins: Sendable {
    /// The codecs, one for each compression type that is served.
    public var codecs: [any CompressionCodec]
    /// Decides who may do what.
    public var authorizer: any Authorizer
    /// Opens the storage of a log directory, by the directory's path.
    public var storage: @Sendable (String) throws(StorageError) -> any StorageBackend
    /// What topics can choose in place of the broker's own storage, by name.
    public var topicStorages = StorageProviders()
    /// Makes the storage of a broker that keeps nothing when it ends.
    public var ephemeralStorage: @Sendable () throws(StorageError) -> any StorageBackend
    /// What rules beside them.
    public var policies: BrokerPolicies
    /// What could not be made and is not served, in words for the log and the broker's health.
    public private(set) var problems: [String] = []

    public init(
        codecs: [any CompressionCodec], authorizer: any Authorizer,
        storage: @escaping @Sendable (String) throws(StorageError) -> any StorageBackend,
        ephemeralStorage: @escaping @Sendable () throws(StorageError) -> any StorageBackend,
        policies: BrokerPolicies = BrokerPolicies()
    ) {
        self.codecs = codecs
        self.authorizer = authorizer
        self.storage = storage
        self.ephemeralStorage = ephemeralStorage
        self.policies = policies
    }

    /// Those that `config` chooses among the plug-ins it knows.
    ///
    /// What the broker works with at once is made now; a storage that only topics choose, when one does. A codec that is
    /// none of Kafka's and cannot be made is left out, and ``problems`` says why.
    ///
    /// - Throws: `BrokerStartError` that says what is missing or cannot be made.
    public init(_ config: BrokerConfig) throws(BrokerStartError) {
        let plugins = config.schemas.plugins
        let lookup: @Sendable (String) -> String? = { config.text($0) }
        codecs = []
        do throws(PluginError) {
            policies = try BrokerPolicies(config)
            var made: [(registration: PluginRegistration, codec: any CompressionCodec)] = []
            for codec in plugins.all(.codec) {
                do throws(PluginError) { made.append((codec, try codec.instance(lookup))) } catch {
                    // Any client may use Kafka's.
                    guard CompressionType(name: codec.name) == nil else { throw error }
                    problems.append(
                        "The codec '\(codec.name)' cannot be made as the broker is configured, and is there only for topics "
                            + "that configure it: \(error)")
                }
            }
            if let problem = CodecRegistry.problem(made) { throw .reject(problem) }
            codecs = made.map(\.codec)
            guard let chosenAuthorizer = Self.chosen(.authorizer, config) else {
                throw .reject("This broker was assembled without an authorizer: Use(AllowAll.self), for example.")
            }
            authorizer = try chosenAuthorizer.instance(lookup)
            guard let chosenStorage = Self.chosen(.storage, config) else {
                throw .reject(
                    "This broker was assembled without a storage backend: Use(FileStorage.self), for example.")
            }
            let storages = StorageProviders(plugins, lookup: lookup)
            topicStorages = storages
            let provider = try storages.provider(named: chosenStorage.name)
            storage = { directory throws(StorageError) in try provider.open(directory) }
            ephemeralStorage = { () throws(StorageError) in
                guard plugins[.storage, "memory"] != nil else {
                    throw StorageError(
                        .notFound,
                        "This broker was assembled without a storage backend named 'memory', which --ephemeral needs.")
                }
                return try storages.open("memory", at: "")
            }
        } catch { throw BrokerStartError(error.message) }
    }

    private static func chosen(_ kind: PluginKind, _ config: BrokerConfig) -> PluginRegistration? {
        config.text(kind.prefix).flatMap { config.schemas.plugins[kind, $0] }
    }
}
