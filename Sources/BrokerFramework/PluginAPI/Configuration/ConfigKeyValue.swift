/// A type that an option of a plug-in can have.
///
/// An enumeration of words conforms by naming it:
///
/// ```swift
/// enum Mode: String, CaseIterable, ConfigKeyValue { case strict, lenient }
/// ```
public protocol ConfigKeyValue: Sendable {
    /// What admin clients are told.
    static var configType: ConfigType { get }
    /// To follow "it must be": `an integer`, for example.
    static var expectation: String { get }
    /// The words there are, where there are only some; for completion.
    static var configTexts: [String] { get }
    /// The value that `configText` stands for; nil if it stands for none.
    init?(configText: String)
    /// As a user would write it.
    var configText: String { get }
}

extension ConfigKeyValue {
    public static var configTexts: [String] { [] }
}

extension ConfigKeyValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    public static var configType: ConfigType { .string }
    public static var expectation: String { "one of \(configTexts.joined(separator: ", "))" }
    public static var configTexts: [String] { allCases.map(\.rawValue) }
    public init?(configText: String) { self.init(rawValue: configText) }
    public var configText: String { rawValue }
}

extension Bool: ConfigKeyValue {
    public static var configType: ConfigType { .boolean }
    public static var expectation: String { "true or false" }
    public static var configTexts: [String] { ["true", "false"] }
    public init?(configText: String) {
        switch configText.lowercased() {
        case "true": self = true
        case "false": self = false
        default: return nil
        }
    }
    public var configText: String { self ? "true" : "false" }
}

extension Int: ConfigKeyValue {
    public static var configType: ConfigType { .long }
    public static var expectation: String { "an integer" }
    public init?(configText: String) { self.init(configText) }
    public var configText: String { String(self) }
}

extension Int64: ConfigKeyValue {
    public static var configType: ConfigType { .long }
    public static var expectation: String { "an integer" }
    public init?(configText: String) { self.init(configText) }
    public var configText: String { String(self) }
}

extension Double: ConfigKeyValue {
    public static var configType: ConfigType { .double }
    public static var expectation: String { "a number" }
    public init?(configText: String) {
        guard let number = Double(configText), number.isFinite else { return nil }
        self = number
    }
    public var configText: String { String(self) }
}

extension String: ConfigKeyValue {
    public static var configType: ConfigType { .string }
    public static var expectation: String { "a text" }
    public init?(configText: String) { self = configText }
    public var configText: String { self }
}

/// Items with commas between them; blanks around an item do not count, and empty items are left out.
extension [String]: ConfigKeyValue {
    public static var configType: ConfigType { .list }
    public static var expectation: String { "a list with commas" }
    public init?(configText: String) { self = ConfigDefinition.items(of: configText) }
    public var configText: String { joined(separator: ",") }
}
