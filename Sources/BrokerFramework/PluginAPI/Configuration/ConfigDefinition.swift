/// One configuration key: what it may hold, what it holds if nobody sets it, and what it does.
///
/// Parsing, validation, defaults and the answers of DescribeConfigs all come from this one declaration.
public struct ConfigDefinition: Sendable {
    public var name: String
    public var type: ConfigType
    /// The value in text if none is set; nil where Kafka has none either.
    public var standard: String?
    public var rule: ConfigRule
    /// One or two sentences for the user.
    public var documentation: String
    /// The broker's keys that give the default of this one, strongest first.
    public var synonyms: [ConfigSynonym]
    /// Whether and for whom the value can be changed while the broker runs.
    public var updateMode: ConfigUpdateMode
    /// Whether this broker does anything with the value. A key without effect is Kafka's, is checked and described,
    /// and changes nothing here.
    public var hasEffect: Bool
    /// What a value must be, to follow "it must be", where the rule does not say it; nil if the value is sound.
    public var check: (@Sendable (String) -> String?)?
    /// What a value must be, to follow "it must be"; nil where the type and the rule say it.
    public var expectation: String?
    /// The bounds that the default lies out of, to follow "it must be"; nil if it does not.
    var boundsOfStandard: String?
    /// Names that it had before, which are still understood: see ``ConfigSchema/currentName(of:)``.
    public var formerNames: [String] = []
    /// Words that a user may want to be offered.
    public var examples: [String] = []

    public init(
        _ name: String, _ type: ConfigType, _ standard: String?, _ rule: ConfigRule = .any,
        synonyms: [ConfigSynonym] = [], updateMode: ConfigUpdateMode = .clusterWide, hasEffect: Bool = true,
        documentation: String
    ) {
        self.name = name
        self.type = type
        self.standard = standard
        self.rule = rule
        self.documentation = documentation
        self.synonyms = synonyms
        self.updateMode = updateMode
        self.hasEffect = hasEffect
    }

    /// Whether the value is fixed while the broker runs; a topic's, from its creation on.
    public var isReadOnly: Bool { updateMode == .readOnly }
}

/// Whether and for whom a config can be changed while the broker runs (KIP-226).
public enum ConfigUpdateMode: Sendable, Hashable {
    case readOnly
    /// For one broker, named by its id.
    case perBroker
    /// For one broker, or for all of them at once.
    case clusterWide
}

/// A broker key that stands for a topic key, perhaps in another unit.
public struct ConfigSynonym: Sendable, Hashable {
    public var name: String
    /// What a value of the synonym is multiplied by: 3,600,000 from hours to milliseconds.
    public var factor: Int64

    public init(_ name: String, factor: Int64 = 1) {
        self.name = name
        self.factor = factor
    }
}

/// The types of Kafka's configurations; raw values are those of DescribeConfigs.
public enum ConfigType: Int8, Sendable, Hashable {
    case boolean = 1
    case string = 2
    case int = 3
    case short = 4
    case long = 5
    case double = 6
    case list = 7
    case `class` = 8
    case password = 9

    /// The name in messages.
    public var name: String {
        switch self {
        case .boolean: "boolean (true or false)"
        case .string: "string"
        case .int: "32-bit integer"
        case .short: "16-bit integer"
        case .long: "64-bit integer"
        case .double: "number"
        case .list: "list"
        case .class: "name of a plug-in"
        case .password: "password"
        }
    }
}

/// What a value must satisfy beyond its type.
public enum ConfigRule: Sendable, Hashable {
    case any
    /// A number within bounds, both included.
    case range(ClosedRange<Int64>)
    /// A number within bounds, both included.
    case fraction(ClosedRange<Double>)
    /// One of some words.
    case oneOf([String])
    /// A list of some words, each at most once.
    case listOf([String])
    /// −1, or a number within bounds: gzip's level for example.
    case rangeOrDefault(ClosedRange<Int64>)
    /// Items of the form `name:count`, with commas between them.
    case countsByName

    /// At least 1.
    public static let positive = ConfigRule.range(1...Int64.max)
    /// At least 0.
    public static let notNegative = ConfigRule.range(0...Int64.max)
}
