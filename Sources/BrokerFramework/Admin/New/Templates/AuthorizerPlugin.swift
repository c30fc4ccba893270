// Written by Scripts/embed-templates.sh from Templates/AuthorizerPlugin; changes belong there.
// swift-format-ignore-file

extension EmbeddedTemplates {
    static let authorizerPlugin: [PackageFile] = [
        PackageFile(path: ".gitignore", text: ##"""
.build/

"""##),
        PackageFile(path: "Package.swift", text: ##"""
// swift-tools-version: 6.2
import PackageDescription

// Where the framework is: a path or a URL. The environment variable BROKER_FRAMEWORK goes before what stands here.
let framework = Context.environment["BROKER_FRAMEWORK"] ?? "../.."

let package = Package(
    name: "rules-file",
    platforms: [.macOS(.v15)],
    products: [.library(name: "RulesFilePlugin", targets: ["RulesFilePlugin"])],
    dependencies: [
        framework.contains(":")
            ? .package(url: framework, from: "0.1.0") : .package(name: "BrokerFramework", path: framework)
    ],
    targets: [
        .target(
            name: "RulesFilePlugin", dependencies: [.product(name: "BrokerPluginAPI", package: "BrokerFramework")]),
        .testTarget(
            name: "RulesFilePluginTests",
            dependencies: [
                "RulesFilePlugin", .product(name: "BrokerPluginTesting", package: "BrokerFramework"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

"""##),
        PackageFile(path: "README.md", text: ##"""
# rules-file

An authorizer: allows what the rules in a file say, and nothing else. The file may change while the broker runs; while it is
broken, nothing is allowed.

1. **Build it, and sit the exam.** `Package.swift` says where the framework is; the environment variable
   `BROKER_FRAMEWORK`, a path or a URL, goes before that.

   ```sh
   swift test
   ```

2. **Make it yours.** `Sources/RulesFilePlugin/RulesFileAuthorizer.swift` is the plug-in: its name, its options, and what its kind asks for.
   `Tests/RulesFilePluginTests/RulesFileTests.swift` holds it to what it promises: the kind's exam is one line of it.

3. **Use it in a broker.** `broker new broker shop` writes one. In its `Package.swift`:

   ```swift
   .package(path: "../rules-file"),                                    // among the dependencies
   .product(name: "RulesFilePlugin", package: "rules-file"),       // among those of the target ShopBroker
   ```

   and in its composition:

   ```swift
   import RulesFilePlugin

   Use(RulesFileAuthorizer.self)
   ```

   `swift run shop-broker plugins describe rules-file` shows it, and so it is used:

   ```sh
   echo 'allow User:* read,write topic:orders*' > rules.txt
   swift run shop-broker plugins check rules-file -c authorizer.rules-file.path=rules.txt
   swift run shop-broker start --override authorizer=rules-file --override authorizer.rules-file.path=rules.txt
   ```

4. **Publish it.** Push the package to a repository of its own and tag a version, as `git tag 0.1.0`; others name its URL
   where the path stood. In its `Package.swift`, put the framework's URL in the place of its path first.

A rule is a line; what is behind a `#` does not count. A rule that denies goes before one that allows.

```
# allow|deny  who          operations      resource          from a host
allow         User:alice   read,write      topic:orders*
allow         User:*       read            group:*           from 10.0.*
deny          *            *               topic:secret
```

Operations and types of resources are Kafka's (`read`, `write`, `create`, `alterConfigs`, …; `topic`, `group`, `cluster`,
`transactionalID`, …). A `*` ends the beginning of a name. Who may read, write, delete or alter may also describe.

"""##),
        PackageFile(path: "Sources/RulesFilePlugin/RulesFileAuthorizer.swift", text: ##"""
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

"""##),
        PackageFile(path: "Tests/RulesFilePluginTests/RulesFileTests.swift", text: ##"""
import BrokerPluginAPI
import BrokerPluginTesting
import Foundation
import RulesFilePlugin
import Synchronization
import Testing

/// A file that goes when it is used no more, and a clock that is put forward by hand.
private final class Fixture: Sendable {
    let path = FileManager.default.temporaryDirectory.appending(path: "rules-\(UUID().uuidString)").path
    private let instant = Mutex(ContinuousClock.now)

    init(_ rules: String) throws { try write(rules) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ rules: String) throws { try rules.write(toFile: path, atomically: true, encoding: .utf8) }
    func remove() { try? FileManager.default.removeItem(atPath: path) }
    func wait(_ duration: Duration) { instant.withLock { $0 += duration } }

    func authorizer() throws -> RulesFileAuthorizer {
        var configuration = RulesFileAuthorizer.Configuration()
        configuration.path = path
        return try RulesFileAuthorizer(configuration, now: { self.instant.withLock { $0 } })
    }
}

@Suite struct RulesFileTests {
    private func allows(
        _ authorizer: RulesFileAuthorizer, _ operation: AclOperation, _ topic: String, by user: String = "User:alice",
        from host: String = "10.0.0.7"
    ) -> Bool {
        let context = RequestContext(principal: user, host: host, listener: "PLAINTEXT", clientID: nil)
        // One that throws denies.
        return (try? authorizer.authorize([.topic(operation, topic)], for: context)) == [.allowed]
    }

    private func allows(_ authorizer: RulesFileAuthorizer, _ operation: AclOperation, group: String) -> Bool {
        let context = RequestContext(principal: "User:bob", host: "10.0.0.7", listener: "PLAINTEXT", clientID: nil)
        return (try? authorizer.authorize([.group(operation, group)], for: context)) == [.allowed]
    }

    @Test func `it is an authorizer, and allows nothing when its file is broken or gone`() throws {
        let alice = RequestContext(principal: "User:alice", host: "10.0.0.7", listener: "PLAINTEXT", clientID: nil)
        for broken in ["allow User:alice raed *", nil] {
            let rules = try Fixture("allow User:alice * *\nallow User:b* read,write topic:orders* from 10.*\n")
            let exam = AuthorizerExam(
                friend: alice,
                whenBroken: {
                    let authorizer = try rules.authorizer()
                    if let broken { try rules.write(broken) } else { rules.remove() }
                    rules.wait(.seconds(1))
                    return authorizer
                }
            ) { try rules.authorizer() }
            #expect(exam.violations == [])
        }
    }

    @Test(arguments: ["\n", "\r\n", "\r"]) func `a comment ends with its line, whatever ends lines`(end: String) throws
    {
        let rules = ["allow User:* * topic:*   # all but one", "# which is", "deny User:* * topic:secret", ""]
        let authorizer = try Fixture(rules.joined(separator: end)).authorizer()
        #expect(allows(authorizer, .read, "orders"))
        #expect(!allows(authorizer, .read, "secret"))
        let wrong = try Fixture((rules.dropLast() + ["deny"]).joined(separator: end))
        let error = #expect(throws: PluginError.self) { try wrong.authorizer() }
        #expect(error?.message.contains("Line 4") == true, "\(error?.message ?? "none")")
    }

    @Test func `a prefix ends in the middle of what Swift calls a letter`() throws {
        let authorizer = try Fixture("allow User:* * group:*\ndeny User:* * group:admin*").authorizer()
        #expect(allows(authorizer, .read, group: "readers"))
        #expect(!allows(authorizer, .read, group: "admin\u{301}"))
    }

    @Test func `what is allowed comes with what it needs, and denial goes first`() throws {
        let authorizer = try Fixture(
            """
            # The shop's people.
            allow  User:alice  write     topic:orders*   # and describe
            allow  User:*      read      topic:orders.eu  from 10.*
            deny   *           *         topic:orders.secret
            """
        ).authorizer()
        #expect(allows(authorizer, .write, "orders.eu"))
        #expect(allows(authorizer, .describe, "orders.us"))
        #expect(!allows(authorizer, .delete, "orders.eu"))
        #expect(!allows(authorizer, .write, "orders.secret"))
        #expect(allows(authorizer, .read, "orders.eu", by: "User:bob"))
        #expect(!allows(authorizer, .read, "orders.eu", by: "User:bob", from: "192.0.2.1"))
    }

    @Test func `changes count a second later, and while the file is broken nothing is allowed`() throws {
        let rules = try Fixture("allow User:alice read topic:orders")
        let authorizer = try rules.authorizer()
        #expect(allows(authorizer, .read, "orders"))
        try rules.write("allow User:alice read topic:payments")
        #expect(allows(authorizer, .read, "orders"))
        rules.wait(.seconds(1))
        #expect(!allows(authorizer, .read, "orders"))
        #expect(allows(authorizer, .read, "payments"))
        try rules.write("allow User:alice raed topic:payments")
        rules.wait(.seconds(1))
        #expect(!allows(authorizer, .read, "payments"))
        let context = RequestContext(principal: "User:alice", host: "10.0.0.7", listener: "PLAINTEXT", clientID: nil)
        let error = #expect(throws: PluginError.self) { try authorizer.authorize([], for: context) }
        #expect(error?.message.contains("Line 1") == true)
        try rules.write("allow User:alice read topic:payments")
        rules.wait(.seconds(1))
        #expect(allows(authorizer, .read, "payments"))
    }

    @Test(arguments: [
        ("allow User:alice raed topic:orders", "no operation 'raed'"), ("permit * * *", "allow|deny"),
        ("allow * * topic", "TYPE:NAME"), ("allow * * *\n\nallow", "Line 3"),
    ]) func `a broken rule is refused at the start, with its line`(text: String, words: String) throws {
        let rules = try Fixture(text)
        let error = #expect(throws: PluginError.self) { try rules.authorizer() }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "none")")
    }

    @Test func `without a file there is no authorizer`() {
        let missing = PluginRegistration(RulesFileAuthorizer.self, as: "other").problem { _ in nil }
        #expect(missing == "'authorizer.other.path' must say where the rules are.")
        let values = ["authorizer.rules-file.path": "/nowhere/at/all"]
        #expect(PluginRegistration(RulesFileAuthorizer.self).problem { values[$0] }?.contains("cannot be read") == true)
    }
}

"""##),
    ]
}
