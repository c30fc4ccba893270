/// The options of a plug-in, as a value: its properties' initial values are the defaults.
///
/// Declared once, `schema` gives the parsing, the validation, the answers of DescribeConfigs, the command line's help
/// and completion, and the reference pages.
public protocol PluginConfiguration: Sendable {
    /// The defaults.
    init()

    /// The keys, in the order in which users should see them.
    static var schema: PluginSchema<Self> { get }

    /// What is wrong between the values of several keys, as a sentence; nil if nothing is. Each alone is sound then.
    var problem: String? { get }
}

extension PluginConfiguration {
    public var problem: String? { nil }
}

/// The configuration of a plug-in that has none.
public struct NoConfiguration: PluginConfiguration {
    public init() {}
    public static let schema = PluginSchema<NoConfiguration> {}
}

/// The keys of a plug-in's configuration.
public struct PluginSchema<Configuration: PluginConfiguration>: Sendable {
    /// In the order in which they were declared.
    public let keys: [ConfigKey<Configuration>]

    public init(@Builder _ keys: () -> [ConfigKey<Configuration>]) { self.keys = keys() }

    /// Gathers keys written one below the other.
    @resultBuilder
    public enum Builder {
        // Says what the key paths are of, which the compiler cannot see otherwise.
        public static func buildExpression(_ key: ConfigKey<Configuration>) -> [ConfigKey<Configuration>] { [key] }
        public static func buildBlock(_ keys: [ConfigKey<Configuration>]...) -> [ConfigKey<Configuration>] {
            keys.flatMap { $0 }
        }
        public static func buildOptional(_ keys: [ConfigKey<Configuration>]?) -> [ConfigKey<Configuration>] {
            keys ?? []
        }
        public static func buildEither(first keys: [ConfigKey<Configuration>]) -> [ConfigKey<Configuration>] { keys }
        public static func buildEither(second keys: [ConfigKey<Configuration>]) -> [ConfigKey<Configuration>] { keys }
        public static func buildArray(_ keys: [[ConfigKey<Configuration>]]) -> [ConfigKey<Configuration>] {
            keys.flatMap { $0 }
        }
    }
}

extension PluginSchema {
    /// The definitions as users see them, each name with `prefix` and a dot before it.
    ///
    /// Keys that belong to everybody (``ConfigKey/init(shared:_:)``) are left out: they are declared elsewhere.
    public func definitions(prefix: String) -> [ConfigDefinition] {
        let standard = Configuration()
        return keys.compactMap { $0.definition(prefix: prefix, standard: standard) }
    }

    /// The configuration that the values which `lookup` finds make, by full name; the default where it finds none.
    ///
    /// - Throws: `PluginError` that names the key, the value and what would be right.
    public func configuration(
        prefix: String, lookup: (String) -> String?
    ) throws(PluginError) -> Configuration {
        var configuration = Configuration()
        for key in keys { try key.read(into: &configuration, prefix: prefix, lookup: lookup) }
        if let problem = configuration.problem { throw .reject(problem) }
        return configuration
    }
}
