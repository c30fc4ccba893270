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
