public import ArgumentParser

/// `broker completion`: prints what makes a shell complete this command's words.
public struct CompletionCommand<Composition: BrokerComposition>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "completion",
            abstract: "Print a script that makes a shell complete commands, topics and keys.",
            discussion: """
                Names of topics, brokers and groups are asked of the cluster that -b or BROKER_BOOTSTRAP names, \
                for a second at most and in silence; keys of configurations are known.

                EXAMPLES
                  source <(broker completion bash)     # for this shell; put it into ~/.bashrc for all
                  broker completion bash > ~/.local/share/bash-completion/completions/broker
                  broker completion zsh > ~/.zfunc/_broker     # with fpath+=~/.zfunc before compinit
                  broker completion fish > ~/.config/fish/completions/broker.fish
                """)
    }

    /// The shells there are scripts for.
    public enum Shell: String, ExpressibleByArgument, CaseIterable, Sendable {
        case bash
        case zsh
        case fish
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell
    @Option(help: "How to answer: text, the script itself, or json with the script as a string.")
    var output: OutputFormat = .text

    public init() {}

    public func run() async throws {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        var script = BrokerCommand<Composition>.completionScript(for: kind)
        if shell == .bash { script = Self.knowingEqualsSigns(script) }
        var out = Output()
        switch output {
        case .text: out.line(script)
        case .json: out.line(["shell": .string(shell.rawValue), "script": .string(script)])
        }
        out.flush()
    }

    /// The library's script for bash, which takes what stands behind `-c key=` for no option's value.
    private static func knowingEqualsSigns(_ script: String) -> String {
        script.replacing(
            #"    local -r cur="${2}""# + "\n" + #"    local -r prev="${3}""# + "\n",
            with: #"""
                    # bash takes an equals sign for a word of its own; 'key=value' is the value of the option before it.
                    local cur="${2#=}"
                    local prev="${3}"
                    local -i mark="${COMP_CWORD}"
                    [[ "${COMP_WORDS[mark]}" = '=' ]] || mark=mark-1
                    if [[ "${mark}" -gt 1 && "${COMP_WORDS[mark]}" = '=' && "${COMP_WORDS[mark - 2]}" = -* ]]; then
                        prev="${COMP_WORDS[mark - 2]}"
                    fi

                """#)
    }
}
