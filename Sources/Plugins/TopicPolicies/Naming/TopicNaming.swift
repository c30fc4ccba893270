public import BrokerPluginAPI

/// Lets only topics be created whose names follow a rule. Topics that are there keep their names.
public struct TopicNaming: TopicPolicy, Plugin {
    public static let name = "naming"
    public static let summary = "New topics' names begin as agreed, and are not too long."

    public struct Configuration: PluginConfiguration {
        public var prefixes: [String] = []
        public var lengthMax = 249

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("prefixes", \.prefixes, "What a name must begin with, one of these; empty for anything.")
            ConfigKey("length.max", \.lengthMax, "How many characters a name may have.", in: 1...249)
        }
    }

    private let rule: Configuration

    public init(_ configuration: Configuration) { rule = configuration }

    public func check(_ change: TopicChange, for asker: RequestContext) throws(PluginError) {
        guard change.operation == .create else { return }
        let name = change.topic
        guard name.count <= rule.lengthMax else {
            throw .reject("A topic's name may have at most \(rule.lengthMax) characters; '\(name)' has \(name.count).")
        }
        guard rule.prefixes.isEmpty || rule.prefixes.contains(where: name.hasPrefix) else {
            let beginnings = rule.prefixes.map { "'\($0)'" }.joined(separator: " or ")
            throw .reject("A topic's name must begin with \(beginnings); '\(name)' does not.")
        }
    }
}
