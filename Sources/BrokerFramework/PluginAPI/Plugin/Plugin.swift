/// A type that a broker can be assembled with, and that users choose by its name.
///
/// Beside this a plug-in conforms to the protocol of its kind, such as ``Partitioner``. Its configuration is declared
/// once and typed. Where topics choose (``PluginKind/isPerTopic``), each topic that uses it has an instance of its own, and
/// gets a new one whenever an option changes; calls under way finish on the old one. Otherwise the broker has one
/// instance. Instances are called from any thread, several at a time, unless their kind says otherwise.
///
/// ```swift
/// struct ByLength: Partitioner, Plugin {
///     static let name = "by-length"
///     static let summary = "Long values go to the last partition."
///     struct Configuration: PluginConfiguration {
///         var limit = 1_000
///         static let schema = PluginSchema<Self> {
///             ConfigKey("limit", \.limit, "From how many bytes on a value is long.", in: 1...1_000_000)
///         }
///     }
///     let limit: Int
///     init(_ configuration: Configuration) { limit = configuration.limit }
///     func partition(for record: PartitionerContext) -> PartitionIndex { … }
/// }
/// ```
public protocol Plugin: Sendable {
    /// What can be set. `NoConfiguration` for a plug-in without options.
    associatedtype Configuration: PluginConfiguration = NoConfiguration

    /// What it does for the broker. Follows from the protocol of its kind; a type that conforms to several says which.
    static var kind: PluginKind { get }

    /// What users write in configurations: lower-case letters, digits and hyphens, beginning with a letter.
    ///
    /// It is a part of the names of the plug-in's options.
    static var name: String { get }

    /// One sentence for users who choose.
    static var summary: String { get }

    /// Makes an instance.
    ///
    /// - Throws: a `PluginError` that says what is wrong with the values, for the user who sets them, with options in
    ///   backquotes (``PluginConfiguration/problem``). Nothing is changed then.
    init(_ configuration: Configuration) throws(PluginError)
}

extension Plugin where Configuration == NoConfiguration {
    /// An instance; there is nothing to configure.
    public init() throws(PluginError) { try self.init(NoConfiguration()) }
}

/// What a plug-in throws.
public struct PluginError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is to happen now. While an instance is made, each refuses the values.
    public enum Remedy: Hashable, Sendable {
        /// The same may succeed soon: clients are told to try again.
        case retry
        /// This is wrong and stays wrong: the record, request or value is refused.
        case reject
        /// The plug-in cannot do its work: its kind's fallback takes over.
        case fallBack
    }

    public var remedy: Remedy
    /// A sentence for the user.
    public var message: String

    public init(_ remedy: Remedy, _ message: String) {
        self.remedy = remedy
        self.message = message
    }

    /// The same may succeed soon.
    public static func retry(_ message: String) -> PluginError { PluginError(.retry, message) }
    /// This is wrong and stays wrong.
    public static func reject(_ message: String) -> PluginError { PluginError(.reject, message) }
    /// The plug-in cannot do its work.
    public static func fallBack(_ message: String) -> PluginError { PluginError(.fallBack, message) }

    public var description: String { message }
}
