/// Finds the value that is set for a config; nil where none is.
public typealias ConfigLookup = (String) -> String?

/// A plug-in as a broker knows it: its kind, its name, its options, and how an instance is made.
public struct PluginRegistration: Sendable {
    /// Makes an instance of one kind, configured by what is found for the full names of its options.
    public typealias Maker<Instance> = @Sendable (ConfigLookup) throws(PluginError) -> Instance

    /// Makes instances.
    public enum Factory: Sendable {
        case partitioner(Maker<any Partitioner>)
        case cleanupPolicy(Maker<any CleanupPolicy>)
        case codec(Maker<any CompressionCodec>)
        case authorizer(Maker<any Authorizer>)
        case storage(Maker<any StorageProvider>)
    }

    /// What users write.
    public let name: String
    /// One sentence.
    public let summary: String
    /// The type behind it, with its module; for a closure, where it was written.
    public var typeName: String { describeType() }
    private let describeType: @Sendable () -> String
    public let factory: Factory
    /// Its options, by their full names.
    public let definitions: [ConfigDefinition]

    /// - Parameters:
    ///   - definitions: with full names, which begin with the kind's prefix and the plug-in's name.
    public init(
        name: String, summary: String, typeName: @autoclosure @escaping @Sendable () -> String,
        definitions: [ConfigDefinition] = [], factory: Factory
    ) {
        self.name = name
        self.summary = summary
        describeType = typeName
        self.definitions = definitions
        self.factory = factory
    }

    init<P: Plugin>(
        _ plugin: P.Type, _ kind: PluginKind, as name: String?, _ factory: (@escaping Maker<P>) -> Factory
    ) {
        let name = name ?? P.name
        let prefix = "\(kind.prefix).\(name)"
        self.init(
            name: name, summary: P.summary, typeName: String(reflecting: P.self),
            definitions: P.Configuration.schema.definitions(prefix: prefix),
            factory: factory { lookup throws(PluginError) in
                try P(P.Configuration.schema.configuration(prefix: prefix, lookup: lookup))
            })
    }

    public var kind: PluginKind {
        switch factory {
        case .partitioner: .partitioner
        case .cleanupPolicy: .cleanupPolicy
        case .codec: .codec
        case .authorizer: .authorizer
        case .storage: .storage
        }
    }

    /// What is wrong with values for its options, as the user would be told; nil if an instance can be made.
    public func problem(_ lookup: ConfigLookup) -> String? {
        do throws(PluginError) {
            switch factory {
            case .partitioner(let make): _ = try make(lookup)
            case .cleanupPolicy(let make): _ = try make(lookup)
            case .codec(let make): _ = try make(lookup)
            case .authorizer(let make): _ = try make(lookup)
            case .storage(let make): _ = try make(lookup)
            }
            return nil
        } catch { return error.message }
    }

    /// What is wrong with the name; nil if nothing is.
    var nameProblem: String? {
        let isSound =
            name.first.map { ("a"..."z").contains($0) } == true
            && name.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
        return isSound
            ? nil
            : "'\(name)', the name of \(typeName), must be lower-case letters, digits and hyphens, beginning with a letter."
    }
}
