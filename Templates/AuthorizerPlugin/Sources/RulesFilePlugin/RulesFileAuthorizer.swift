import BrokerPluginAPI
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Allows what the rules in a file allow, and nothing else.
///
/// A rule that denies goes before one that allows; what no rule speaks of is denied. The file is read again once a second
/// at most, when somebody asks, so it should be small and on a local disk. While it cannot be read or understood, it throws
/// and everything is denied.
public final class RulesFileAuthorizer: Authorizer, Plugin {
    public static let name = "rules-file"
    public static let summary = "Allows what the rules in a file say; the file may change at any time."

    public struct Configuration: PluginConfiguration {
        public var path = ""

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey(
                "path", \.path, "Where the rules are: one on each line, as in 'allow User:alice read topic:orders*'.")
        }
    }

    private struct State {
        /// What the rules were made of; nil if the file could not be read.
        var text: String?
        var rules: Result<[Rule], PluginError>
        var readAt: ContinuousClock.Instant
    }

    private let path: String
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    public convenience init(_ configuration: Configuration) throws(PluginError) {
        try self.init(configuration, now: { .now })
    }

    /// - Parameter now: the time by which the file is read again.
    public init(
        _ configuration: Configuration, now: @escaping @Sendable () -> ContinuousClock.Instant
    ) throws(PluginError) {
        path = configuration.path
        self.now = now
        guard !path.isEmpty else { throw .reject("`path` must say where the rules are.") }
        let text = Self.text(path)
        let rules = Self.rules(in: text, path)
        _ = try rules.get()
        state = Mutex(State(text: text, rules: rules, readAt: now()))
    }

    public func authorize(
        _ actions: [AuthorizableAction], for context: RequestContext
    ) throws(PluginError) -> [AuthorizationResult] {
        let rules = try currentRules().get()
        return actions.map { action in
            var answer = AuthorizationResult.denied
            for rule in rules where rule.matches(action, context) {
                guard rule.allows else { return .denied }
                answer = .allowed
            }
            return answer
        }
    }

    private func currentRules() -> Result<[Rule], PluginError> {
        let now = now()
        return state.withLock { state in
            guard now - state.readAt >= .seconds(1) else { return state.rules }
            state.readAt = now
            let text = Self.text(path)
            guard text != state.text else { return state.rules }
            state.text = text
            state.rules = Self.rules(in: text, path)
            return state.rules
        }
    }

    private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

    /// - Parameter text: nil if it could not be read.
    private static func rules(in text: String?, _ path: String) -> Result<[Rule], PluginError> {
        guard let text else { return .failure(.reject("The rules in '\(path)' cannot be read.")) }
        do throws(PluginError) { return .success(try Rule.rules(in: text)) } catch {
            return .failure(.reject("The rules in '\(path)' make no sense. \(error.message)"))
        }
    }
}

/// A line of the file: `allow|deny WHO OPERATIONS RESOURCE [from HOST]`.
struct Rule: Sendable {
    let allows: Bool
    private let principal: Pattern
    private let operations: Set<AclOperation>
    /// Nil for resources of all types.
    private let resource: ResourceType?
    private let name: Pattern
    private let host: Pattern

    func matches(_ action: AuthorizableAction, _ context: RequestContext) -> Bool {
        operations.contains(action.operation) && (resource == nil || resource == action.resource)
            && name.matches(action.name) && principal.matches(context.principal) && host.matches(context.host)
    }

    /// The rules in a file's text: one on each line; what is behind a `#` does not count.
    static func rules(in text: String) throws(PluginError) -> [Rule] {
        var rules: [Rule] = []
        // Whatever ends lines where the file was written: a line that was taken for the comment before it would not count.
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
            guard !words.isEmpty else { continue }
            do throws(PluginError) { rules.append(try Rule(words)) } catch {
                throw .reject("Line \(index + 1): \(error.message)")
            }
        }
        return rules
    }

    private init(_ words: [String]) throws(PluginError) {
        guard words.count == 4 || words.count == 6 && words[4] == "from", ["allow", "deny"].contains(words[0]) else {
            throw .reject("It must be 'allow|deny WHO OPERATIONS RESOURCE [from HOST]'.")
        }
        allows = words[0] == "allow"
        principal = Pattern(words[1])
        operations = try Self.operations(words[2], implied: allows)
        let parts = words[3].split(separator: ":", maxSplits: 1).map(String.init)
        if words[3] == "*" {
            resource = nil
            name = Pattern("*")
        } else if let type = ResourceType.allCases.first(where: { "\($0)" == parts[0] }),
            type == .cluster || parts.count == 2
        {
            resource = type
            name = Pattern(parts.count == 2 ? parts[1] : "*")
        } else {
            let types = ResourceType.allCases.map { "\($0)" }.joined(separator: ", ")
            throw .reject("'\(words[3])' must be '*' or TYPE:NAME, where the type is one of \(types).")
        }
        host = Pattern(words.count == 6 ? words[5] : "*")
    }

    /// - Parameter implied: whether what is needed for an operation comes with it, as in Kafka's own rules.
    private static func operations(_ list: String, implied: Bool) throws(PluginError) -> Set<AclOperation> {
        guard list != "*" else { return Set(AclOperation.allCases) }
        var operations: Set<AclOperation> = []
        for word in list.split(separator: ",") {
            guard let operation = AclOperation.allCases.first(where: { "\($0)" == word }) else {
                let all = AclOperation.allCases.map { "\($0)" }.joined(separator: ", ")
                throw .reject("There is no operation '\(word)'; there are \(all), and '*' for all of them.")
            }
            operations.insert(operation)
        }
        if implied {
            if !operations.isDisjoint(with: [.read, .write, .delete, .alter]) { operations.insert(.describe) }
            if operations.contains(.alterConfigs) { operations.insert(.describeConfigs) }
        }
        return operations
    }
}

/// A name, or the beginning of one with a `*` behind it.
private struct Pattern: Sendable {
    private let text: String
    private let isPrefix: Bool

    init(_ text: String) {
        isPrefix = text.hasSuffix("*")
        self.text = isPrefix ? String(text.dropLast()) : text
    }

    /// Byte by byte: to Swift a letter with an accent behind it is another letter, and no longer what a prefix ends with.
    func matches(_ name: String) -> Bool {
        isPrefix ? name.utf8.starts(with: text.utf8) : name.utf8.elementsEqual(text.utf8)
    }
}
