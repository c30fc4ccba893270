import BrokerModel
import BrokerPluginAPI
import MemoryStorage
import NIOCore

/// Everything goes to one partition, which an option names that had another name before.
struct OneLane: ExplainablePartitioner, Plugin {
    static let name = "one-lane"
    static let summary = "One partition for all."
    struct Configuration: PluginConfiguration {
        var lane = 0
        static let schema = PluginSchema<Self> {
            ConfigKey("lane", \.lane, "The partition.", in: 0...9).renamed(from: "track")
        }
    }
    let lane: PartitionIndex
    init(_ configuration: Configuration) { lane = PartitionIndex(configuration.lane) }
    func partition(for record: PartitionerContext) -> PartitionIndex { lane }
    func explain(_ record: PartitionerContext) -> PartitionRoute { PartitionRoute(lane, because: "there is no other") }
}

/// Lets everything pass, and has a secret.
struct Guarded: RecordInterceptor, Plugin {
    static let name = "guarded"
    static let summary = "Has a secret."
    struct Configuration: PluginConfiguration {
        var token = "preset"
        static let schema = PluginSchema<Self> {
            ConfigKey("token", \.token, "A secret.") { $0.count < 20 ? nil : "less than 20 characters" }.secret()
        }
    }
    init(_ configuration: Configuration) {}
    func intercept(_ record: Record, in context: RecordInterceptorContext) throws(PluginError) -> Record? { nil }
}

/// A codec that needs an option which nobody can guess.
struct Picky: CompressionCodec, Plugin {
    static let name = "picky"
    static let summary = "Makes nothing smaller."
    struct Configuration: PluginConfiguration {
        var dictionary = ""
        static let schema = PluginSchema<Self> { ConfigKey("dictionary", \.dictionary, "What it knows.") }
    }
    var type: CompressionType { .custom6 }
    var levels: CompressionLevels? { nil }
    init(_ configuration: Configuration) throws(PluginError) {
        guard !configuration.dictionary.isEmpty else { throw .reject("compression.picky.dictionary must be set.") }
    }
    func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {
        output.writeImmutableBuffer(bytes)
    }
    func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        guard bytes.readableBytes <= limit else { throw .tooLarge(limit: limit) }
        output.writeImmutableBuffer(bytes)
    }
}

/// A storage that needs an option which nobody can guess.
struct Vault: StorageProvider, Plugin {
    static let name = "vault"
    static let summary = "Needs a key."
    struct Configuration: PluginConfiguration {
        var key = ""
        static let schema = PluginSchema<Self> { ConfigKey("key", \.key, "What opens it.").secret() }
    }
    init(_ configuration: Configuration) throws(PluginError) {
        guard !configuration.key.isEmpty else { throw .reject("storage.vault.key must be set.") }
    }
    func open(_ directory: String) throws(StorageError) -> any StorageBackend { MemoryStorageBackend() }
    var isPersistent: Bool { false }
}
