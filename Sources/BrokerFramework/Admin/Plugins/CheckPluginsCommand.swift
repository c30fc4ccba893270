public import ArgumentParser
internal import BrokerPluginAPI
internal import BrokerPluginTesting

/// `plugins check`.
public struct CheckPluginsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Hold the plug-ins to what their kinds promise.",
        discussion: """
            Sits the exam of each plug-in's kind in this process, without a broker and without touching data, with the \
            options that -c gives and the defaults of the others. The exit code is 1 if a promise is broken. One that \
            cannot be made without options is left out, unless it is named. Of one that is named, each promise is shown.

            EXAMPLES
              broker plugins check
              broker plugins check vip -c partitioner.vip.keys=acme,globex
              broker plugins check --kind partitioner --claim spreads
              broker plugins check rules-file -c authorizer.rules-file.path=new-rules.txt
            """)

    /// What a plug-in may claim beyond its kind's promises.
    enum Claim: String, ExpressibleByArgument, CaseIterable {
        case keysStay = "keys-stay"
        case spreads
        case detectsTruncation = "detects-truncation"
        case detectsCorruption = "detects-corruption"
        case nothing

        var ofPartitioner: PartitionerExam.Claims? {
            switch self {
            case .keysStay: .keysStay
            case .spreads: .spreads
            case .detectsTruncation, .detectsCorruption, .nothing: nil
            }
        }

        var ofCodec: CodecExam.Claims? {
            switch self {
            case .detectsTruncation: .detectsTruncation
            case .detectsCorruption: .detectsCorruption
            case .keysStay, .spreads, .nothing: nil
            }
        }
    }

    @Argument(
        help: "The plug-in's name; all if left out.",
        completion: .custom { _, _, _ in AdminPlugins.current.registrations.map(\.name) })
    var name: String?
    @Option(
        help: "Only plug-ins of this kind.",
        completion: .custom { _, _, _ in Set(AdminPlugins.current.registrations.map(\.kind.rawValue)).sorted() })
    var kind: String?
    @Option(
        name: [.customShort("c"), .long],
        help: ArgumentHelp("An option to examine them with. May be repeated.", valueName: "key=value"),
        completion: .custom(Candidates.pluginOptions))
    var config: [KeyValue] = []
    @Option(
        help:
            "What they must do beyond their kind's promises: partitioners keys-stay, spreads; codecs detects-truncation, detects-corruption; or nothing. May be repeated; if left out, keys must stay where a partitioner says they belong, and a codec must notice what its format can."
    )
    var claim: [Claim] = []
    @Flag(name: [.short, .long], help: "Show each promise, kept or broken.")
    var verbose = false
    @Option(help: "How to answer: text, or json with a line for each plug-in.")
    var output: OutputFormat = .text

    public init() {}

    public func run() async throws {
        let chosen = try chosen()
        let values = try values(for: chosen)
        var out = Output()
        var failureCount = 0
        for plugin in chosen {
            let result = result(of: plugin, values)
            if !result.violations.isEmpty { failureCount += 1 }
            switch output {
            case .text: write(result, of: plugin, to: &out)
            case .json: out.line(Self.json(result, of: plugin))
            }
            // An exam may take seconds: whoever waits sees what is known.
            out.flush()
        }
        if failureCount > 0 { throw ExitCode.failure }
    }

    private func chosen() throws(CommandFailure) -> [PluginRegistration] {
        let all = AdminPlugins.current.registrations
        if let kind, !all.contains(where: { $0.kind.rawValue == kind }) {
            let kinds = Set(all.map(\.kind.rawValue)).sorted()
            throw CommandFailure(
                "There is no plug-in of a kind '\(kind)'.", kind: .notFound,
                advice: EditDistance.nearest(to: kind, among: kinds).map { "Did you mean '\($0)'?" }
                    ?? "There are: \(kinds.joined(separator: ", ")).")
        }
        let found = all.filter { (name == nil || $0.name == name) && (kind == nil || $0.kind.rawValue == kind) }
        guard !found.isEmpty else {
            throw CommandFailure(
                "There is no plug-in '\(name ?? "")'.", kind: .notFound,
                advice: EditDistance.nearest(to: name ?? "", among: all.map(\.name)).map { "Did you mean '\($0)'?" }
                    ?? "'broker plugins list' shows all.")
        }
        return found.enumerated().sorted { ($0.element.kind, $0.offset) < ($1.element.kind, $1.offset) }.map(\.element)
    }

    /// The values of -c, each of which must be an option of a plug-in that is examined.
    private func values(for plugins: [PluginRegistration]) throws(CommandFailure) -> [String: String] {
        let schema = ConfigSchema(plugins.flatMap(\.definitions))
        for setting in config {
            if let problem = schema.problem(setting: setting.name, to: setting.value) {
                throw CommandFailure(problem, kind: .usage)
            }
        }
        return Dictionary(config.map { ($0.name, $0.value) }) { $1 }
    }

    private func result(of plugin: PluginRegistration, _ values: [String: String]) -> ExamResult {
        if name == nil, let problem = plugin.problem({ values[$0] }) { return ExamResult(omission: problem) }
        return PluginExamination(
            registration: plugin, claims: claims(\.ofPartitioner), codecClaims: claims(\.ofCodec)
        ) { values[$0] }.result
    }

    /// Those of one kind; nil where nothing is said about the kind.
    private func claims<Claims: OptionSet>(_ ofKind: (Claim) -> Claims?) -> Claims? {
        let claimed = claim.compactMap(ofKind)
        guard !claimed.isEmpty || claim.contains(.nothing) else { return nil }
        return claimed.reduce(into: Claims()) { $0.formUnion($1) }
    }

    private func write(_ result: ExamResult, of plugin: PluginRegistration, to out: inout Output) {
        let title = "\(plugin.kind.words) \(plugin.name)"
        if let omission = result.omission { return out.line("skipped  \(title): \(omission)") }
        let counts = "\(result.kept.count) promises kept, \(result.violations.count) broken"
        out.line(
            result.violations.isEmpty ? "ok       \(title): \(counts)" : Style.heading("FAILED   \(title): \(counts)"))
        if verbose || name != nil { for promise in result.kept { out.line("         kept: \(promise)") } }
        for violation in result.violations {
            out.line("         broken: \(violation.promise)")
            out.line("                 \(violation.observation)")
        }
    }

    static func json(_ result: ExamResult, of plugin: PluginRegistration) -> JSONValue {
        let word = result.omission != nil ? "skipped" : result.violations.isEmpty ? "passed" : "failed"
        return [
            "kind": .string(plugin.kind.rawValue), "name": .string(plugin.name), "result": .string(word),
            "kept": .array(result.kept.map(JSONValue.string)),
            "violations": .array(
                result.violations.map { ["promise": .string($0.promise), "observation": .string($0.observation)] }),
            "reason": .optional(result.omission),
        ]
    }
}
