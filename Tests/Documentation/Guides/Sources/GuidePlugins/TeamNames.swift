import BrokerFramework

/// A topic's name begins with its team, as in `billing.invoices`, and nobody creates very many partitions.
public struct TeamNames: TopicPolicy, Plugin {
    public static let name = "team-names"
    public static let summary = "Topics belong to teams, and have a bounded number of partitions."

    public struct Configuration: PluginConfiguration {
        public var teams: [String] = []
        public var partitions = 100

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("teams", \.teams, "The teams, with commas between them.")
            ConfigKey("partitions", \.partitions, "How many partitions a topic may have.", in: 1...100_000)
        }
    }

    private let teams: [String]
    private let partitions: Int

    public init(_ configuration: Configuration) {
        teams = configuration.teams
        partitions = configuration.partitions
    }

    public func check(_ change: TopicChange, for asker: RequestContext) throws(PluginError) {
        if change.operation == .create, !teams.contains(where: { change.topic.hasPrefix($0 + ".") }) {
            throw .reject(
                "A topic's name begins with a team and a dot. The teams are: \(teams.joined(separator: ", ")).")
        }
        if change.addedPartitionCount > 0, change.after.partitionCount > partitions {
            throw .reject("A topic may have \(partitions) partitions.")
        }
    }
}
