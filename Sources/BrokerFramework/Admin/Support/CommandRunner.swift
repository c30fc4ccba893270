public import ArgumentParser
internal import BrokerClient
internal import BrokerPluginAPI
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Runs the command that the arguments name, and ends the process as the command line promises it: with the exit codes
/// of `FailureKind`, errors on standard error, and these as JSON where the answer was to be JSON.
public enum CommandRunner {
    /// Never returns.
    ///
    /// - Parameter arguments: without the program's name; nil for the process's.
    public static func main<Root: AsyncParsableCommand>(_ root: Root.Type, _ arguments: [String]? = nil) async -> Never
    {
        let arguments = GluedOptions.separated(arguments ?? Array(CommandLine.arguments.dropFirst()))
        // A reader that goes away is met where its pipe is written.
        signal(SIGPIPE, SIG_IGN)
        Speech.speaksJSON.store(Speech.isJSONWanted(arguments), ordering: .relaxed)
        do {
            var command = try await root.asyncParseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            exit(finish(error, root, arguments))
        }
        exit(EXIT_SUCCESS)
    }

    /// Ends the process before any command: the executable itself is made wrongly.
    static func refuse(_ problem: String) -> Never {
        exit(Speech.tell(CommandFailure(problem, advice: "The executable's composition must be changed.")))
    }

    /// Tells of the error, if it is one; gives the exit code.
    private static func finish<Root: AsyncParsableCommand>(
        _ error: any Error, _ root: Root.Type, _ arguments: [String]
    ) -> Int32 {
        Progress.clear()
        // A shell that asks for completions shows the user what it is told, in the middle of the line.
        if arguments.first == "---completion", root.exitCode(for: error) != .success { return EXIT_FAILURE }
        switch error {
        case let failure as CommandFailure: return Speech.tell(failure)
        case let error as ClientError: return Speech.tell(CommandFailure(error, servers: ConnectionOptions().servers))
        default: break
        }
        switch root.exitCode(for: error) {
        case .success:
            // Help, a version or completions were asked for.
            root.exit(withError: error)
        case .validationFailure:
            let failure = CommandFailure(
                root.message(for: error), kind: .usage, advice: advice(root, arguments))
            guard !Speech.isJSON else { return Speech.tell(failure) }
            Speech.tell(failure, usage: usage(root.fullMessage(for: error)))
            return failure.kind.exitCode
        case let code where error is ExitCode: return code.rawValue
        default: return Speech.tell(CommandFailure(root.message(for: error)))
        }
    }

    /// What stands behind the error in the parser's own words: help for the argument, and the usage.
    private static func usage(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).drop { $0.hasPrefix("Error:") }
            .joined(separator: "\n")
    }

    /// What was probably meant: in another tool's words, or where a command is misspelt.
    static func advice(_ root: any ParsableCommand.Type, _ arguments: [String]) -> String? {
        if let advice = Habits.advice(arguments) ?? SetConfigsCommand.advice(arguments) { return advice }
        var command = root
        var path = root.configuration.commandName ?? "broker"
        for argument in arguments {
            guard !argument.hasPrefix("-") else { return nil }
            let commands = command.configuration.subcommands
            if let next = commands.first(where: { $0.names.contains(argument) }) {
                command = next
                path += " " + argument
                continue
            }
            return EditDistance.nearest(to: argument, among: commands.flatMap { $0.names }).map {
                "Did you mean '\(path) \($0)'?"
            }
        }
        return nil
    }
}

extension ParsableCommand {
    fileprivate static var names: [String] { (configuration.commandName.map { [$0] } ?? []) + configuration.aliases }
}
