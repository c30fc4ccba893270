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
    ///
    /// An option stands in backquotes, as it is declared: users read its full name, under whichever name a broker has the
    /// plug-in.
    ///
    /// ```swift
    /// "`header.values` needs a `header`."  // 'partitioner.gold.header.values' needs a 'partitioner.gold.header'.
    /// ```
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
        return keys.compactMap { key in
            var definition = key.definition(prefix: prefix, standard: standard)
            definition?.documentation = spelledOut(key.documentation, prefix: prefix)
            return definition
        }
    }

    /// The configuration that the values which `lookup` finds make, by full name; the default where it finds none.
    ///
    /// - Throws: `PluginError` that names the key, the value and what would be right.
    public func configuration(
        prefix: String, lookup: (String) -> String?
    ) throws(PluginError) -> Configuration {
        var configuration = Configuration()
        for key in keys { try key.read(into: &configuration, prefix: prefix, lookup: lookup) }
        if let problem = configuration.problem { throw .reject(spelledOut(problem, prefix: prefix)) }
        return configuration
    }

    /// The sentence, with the full names of the options that stand in backquotes. What is no option stays as it is.
    func spelledOut(_ sentence: String, prefix: String) -> String {
        let pieces = sentence.split(separator: "`", omittingEmptySubsequences: false)
        guard pieces.count > 2 else { return sentence }
        var text = String(pieces[0])
        var isQuoted = true
        for (index, piece) in pieces.enumerated().dropFirst() {
            // The last piece is behind a closing backquote, or behind one that nothing closes.
            let isClosed = isQuoted && index < pieces.count - 1
            if isClosed, let key = keys.first(where: { $0.name == piece }) {
                text += key.isShared ? "'\(key.name)'" : "'\(prefix).\(key.name)'"
            } else {
                text += isQuoted ? "`\(piece)" + (isClosed ? "`" : "") : String(piece)
            }
            isQuoted.toggle()
        }
        return text
    }
}
