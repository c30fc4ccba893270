public import BrokerPluginAPI

/// What the sources of a configuration say together, under today's names; not judged.
public struct JoinedConfig: Hashable, Sendable {
    /// The text set for each key; of a later source rather than an earlier one.
    public private(set) var values: [String: String] = [:]
    /// The former names that are used, in words for the log.
    public private(set) var warnings: [String] = []
    /// Keys that one source sets under two names.
    public private(set) var problems: [String] = []

    /// - Parameters:
    ///   - layers: the sources.
    ///   - schema: knows which keys had other names before.
    public init(_ layers: [[String: String]], schema: ConfigSchema) {
        for layer in layers {
            var spelled: [String: String] = [:]
            for (name, value) in layer.sorted(by: { $0.key < $1.key }) {
                let today = Self.kafkas[name] ?? schema.currentName(of: name)
                if let other = spelled.updateValue(name, forKey: today), Self.kafkas[other] == nil {
                    problems.append(schema.refusalOfBoth(other, name))
                }
                if schema[name] != nil, today != name {
                    warnings.append("The config '\(name)' is called '\(today)' today. Its value is used.")
                }
                values[today] = value
            }
        }
    }

    /// Kafka's own former names, which stand in too many files to warn of.
    private static let kafkas = ["broker.id": "node.id"]
}
