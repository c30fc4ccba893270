/// A topic that a test broker is to have. A string is a topic of that name with one partition.
public struct TestTopic: Hashable, Sendable, ExpressibleByStringLiteral {
    public var name: String
    /// At least 1.
    public var partitions: Int32
    /// Topic configs, `["cleanup.policy": "compact"]` for example.
    public var configs: [String: String]

    public init(_ name: String, partitions: Int32 = 1, configs: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.configs = configs
    }

    public init(stringLiteral name: String) { self.init(name) }
}
