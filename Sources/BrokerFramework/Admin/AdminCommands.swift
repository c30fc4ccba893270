public import ArgumentParser

/// The commands of this module, for an executable that adds its own.
public enum AdminCommands {
    public static let all: [any ParsableCommand.Type] = [
        TopicsCommand.self, GroupsCommand.self, ProduceCommand.self, ConsumeCommand.self, ConfigsCommand.self,
        ClusterCommand.self, LogDirsCommand.self, PluginsCommand.self, ExplainCommand.self, DoctorCommand.self,
        NewCommand.self,
    ]
}
