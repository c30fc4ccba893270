public import ArgumentParser

/// `plugins`: what the executable was assembled with.
public struct PluginsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "plugins", abstract: "Show the plug-ins of this executable and their options.",
        discussion: """
            Plug-ins are compiled in. A topic chooses its partitioner and its cleanup policies by name, and sets \
            their options as configs of its own; the broker's configuration has the defaults. What rules over the broker as \
            a whole, such as topic policies, is chosen in its configuration alone.

            EXAMPLES
              broker plugins list
              broker plugins describe vip
              broker plugins check
              broker topics create orders -c partitioner=vip -c partitioner.vip.keys=acme,globex
            """,
        subcommands: [ListPluginsCommand.self, DescribePluginCommand.self, CheckPluginsCommand.self])

    public init() {}
}
