public import ArgumentParser

/// `new`: packages to begin with.
public struct NewCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Write a package for a broker or a plug-in of your own.",
        discussion: """
            The package builds at once, has a test that sits the plug-in's exam, and a README that leads from there to \
            a plug-in of yours in a broker of yours.

            EXAMPLES
              broker new broker shop
              broker new plugin partitioner vip-by-region
              broker new plugin cleanup-policy keep-newest --path ~/src/keep-newest
            """,
        subcommands: [NewBrokerCommand.self, NewPluginCommand.self])

    public init() {}
}

/// What all of the commands that write packages take.
struct NewPackageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where to write it: a directory that is not there yet; ./NAME if left out.", valueName: "path"),
        completion: .directory)
    var path: String?
    @Option(
        help: ArgumentHelp(
            "Where the framework is: its directory or its repository's URL. If left out: BROKER_FRAMEWORK, or the checkout that this executable lies in.",
            valueName: "path-or-url"), completion: .directory)
    var framework: String?
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text

    /// Writes the template under that name, and says what to do next.
    ///
    /// - Parameters:
    ///   - what: what it is, in a sentence.
    ///   - next: the commands that follow `cd`, each with a word on what it does.
    func write(
        _ template: PackageTemplate, named name: PackageName, what: String, kind: String,
        next: [(command: String, purpose: String)]
    ) throws {
        let path = path ?? name.text
        let files = template.files(named: name, framework: try FrameworkLocation.find(framework))
        try PackageWriter.write(files, to: path)
        let next = [(command: "cd \(Self.quoted(path))", purpose: "")] + next
        var out = Output()
        switch output {
        case .text:
            out.line("Wrote \(what) to \(path). Next:")
            out.line("")
            let width = next.map(\.command.count).max() ?? 0
            for (command, purpose) in next {
                let padding = String(repeating: " ", count: width - command.count)
                out.line("  " + command + (purpose.isEmpty ? "" : padding + Style.faint("   # \(purpose)")))
            }
        case .json:
            out.line([
                "path": .string(path), "kind": .string(kind), "name": .string(name.text),
                "type": .string(name.typeName + template.typeSuffix), "files": .array(files.map { .string($0.path) }),
                "next": .array(next.map { .string($0.command) }),
            ])
        }
        out.flush()
    }

    /// As a shell takes it for one word.
    private static func quoted(_ path: String) -> String {
        let isPlain = path.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) }
        return isPlain ? path : "'" + path.replacing("'", with: #"'\''"#) + "'"
    }
}
