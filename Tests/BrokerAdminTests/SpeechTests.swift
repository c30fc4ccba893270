import ArgumentParser
import BrokerPrimitives
import Testing

@testable import BrokerAdmin
@testable import BrokerClient

@Suite struct SpeechTests {
    @Test(
        arguments: [
            ("topics list --output json", true), ("topics list --output=json", true), ("start --log-format json", true),
            ("topics list", false), ("topics list --output text json", false),
            ("topics create -- --output json", false),
        ])
    func `JSON is wanted where the arguments say so, parsed or not`(line: String, isWanted: Bool) {
        #expect(Speech.isJSONWanted(line.split(separator: " ").map(String.init)) == isWanted)
    }

    @Test func `exit codes and words are told apart and stay what they are`() {
        let codes = Dictionary(uniqueKeysWithValues: FailureKind.allCases.map { ($0.rawValue, $0.exitCode) })
        #expect(
            codes == [
                "failed": 1, "not_found": 2, "already_exists": 3, "usage": 64, "bad_input": 65, "unreachable": 69,
                "input_output": 74, "timed_out": 75, "not_permitted": 77,
            ])
    }

    @Test(
        arguments: [
            (ClientError(.connectionFailed, "x"), .unreachable), (ClientError(.timedOut, "x"), .timedOut),
            (.server(.unknownTopicOrPartition, "x"), .notFound), (.server(.topicAlreadyExists, "x"), .alreadyExists),
            (.server(.groupAuthorizationFailed, "x"), .notPermitted), (.server(.invalidConfig, "x"), .failed),
            (ClientError(.invalidArgument, "x"), .usage),
        ] as [(ClientError, FailureKind)])
    func `an error of the client has a kind`(error: ClientError, kind: FailureKind) {
        #expect(CommandFailure(error, servers: "h:1").kind == kind)
    }

    @Test func `a broker that is not there is named, with what to do`() {
        let failure = CommandFailure(ClientError(.connectionFailed, "cannot connect"), servers: "h:1,h:2")
        #expect(failure.advice?.contains("h:1,h:2") == true)
        #expect(failure.advice?.contains("broker start") == true)
        #expect(failure.json["exitCode"] == .integer(69))
        #expect(failure.json["kafkaError"] == .null)
    }

    @Test(
        arguments: [
            (["topcs", "list"], "Did you mean 'root topics'?"),
            (["topics", "lst"], "Did you mean 'root topics list'?"),
            (["topics", "list", "extra"], nil), (["--flag", "topcs"], nil), (["zzzzzzzz"], nil), ([], nil),
        ] as [([String], String?)])
    func `a misspelt command is met with the one that was meant`(arguments: [String], advice: String?) {
        #expect(CommandRunner.advice(Root.self, arguments) == advice)
    }

    private struct Root: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(commandName: "root", subcommands: AdminCommands.all)
        }
    }

    @Test func `a table is as wide as it must be, and nothing stands as a dash`() {
        var table = TextTable(["A", "LONGER"])
        table.append(["long cell", nil])
        table.append(["x", "y"])
        #expect(table.lines == ["A          LONGER", "long cell  -", "x          y"])
    }
}

@Suite struct CandidatesTests {
    @Test(
        arguments: [
            ("broker topics list -b h:1", "h:1"), ("broker topics list -bh:1", "h:1"),
            ("broker topics list --bootstrap-server h:1 x", "h:1"), ("broker x --bootstrap-server='h:1'", "h:1"),
            ("broker topics list", nil), ("broker topics list -b", nil),
            // As bash cuts them.
            ("broker x -b h : 1 y", "h:1"), ("broker x --bootstrap-server = h : 1,g : 2", "h:1,g:2"),
        ] as [(String, String?)])
    func `the cluster is the one that the line names`(line: String, servers: String?) {
        #expect(Candidates.bootstrapServer(line.split(separator: " ").map(String.init)) == servers)
    }

    @Test func `keys are those of what the line is about`() {
        let topic = ["broker", "configs", "set", "--topic", "t"]
        #expect(Candidates.settings(topic, 5, "").contains("retention.ms="))
        #expect(!Candidates.settings(topic, 5, "").contains("log.retention.ms="))
        let broker = ["broker", "configs", "set", "--all-brokers"]
        #expect(Candidates.settings(broker, 4, "").contains("log.retention.ms="))
        #expect(!Candidates.settings(broker, 4, "").contains("node.id="), "it cannot be set while the broker runs")
        #expect(Candidates.keys(["broker", "configs", "describe", "--broker", "1"], 5, "").contains("node.id"))
    }

    @Test func `values are those the key may have`() {
        #expect(Candidates.settings([], 0, "message.timestamp.type=").contains("message.timestamp.type=LogAppendTime"))
        #expect(Candidates.settings([], 0, "preallocate=t") == ["preallocate=true", "preallocate=false"])
        #expect(Candidates.settings([], 0, "retention.ms=").isEmpty)
        // As bash cuts them.
        #expect(Candidates.settings(["set", "preallocate", "="], 2, "=") == ["true", "false"])
        #expect(Candidates.settings(["set", "preallocate", "=", "t"], 3, "t") == ["true", "false"])
    }

    /// What a topic's line offers behind `configs set --topic t`.
    private func settings(_ prefix: String) -> [String] {
        Candidates.settings(["broker", "configs", "set", "--topic", "t", prefix], 5, prefix)
    }

    @Test func `plug-ins have keys and values, too`() {
        for key in ["partitioner", "partitioner.verify", "partitioner.vip.keys", "interceptor"] {
            #expect(settings("").contains(key + "="), "\(key)")
            #expect(Candidates.keys(["broker", "topics", "alter", "t", "--reset"], 5, "").contains(key), "\(key)")
        }
        #expect(
            Candidates.keys(["broker", "configs", "describe", "--broker", "1"], 5, "").contains(
                "topic.policies.limits.partitions.max"))
        #expect(settings("partitioner=").contains("partitioner=vip"))
        #expect(
            settings("partitioner.vip.hash=") == ["murmur2", "crc32", "fnv1a"].map { "partitioner.vip.hash=" + $0 })
        #expect(settings("partitioner.vip.keys=").isEmpty)
    }

    @Test func `a list goes on behind its commas`() {
        #expect(settings("cleanup.policy=") == ["cleanup.policy=delete", "cleanup.policy=compact"])
        #expect(settings("cleanup.policy=delete,c") == ["cleanup.policy=delete,compact"])
        let line = ["configs", "set", "cleanup.policy", "=", "compact,"]
        #expect(Candidates.settings(line, 4, "compact,") == ["compact,delete"], "as bash cuts it")
    }

    @Test func `commands about plug-ins offer the keys of these`() {
        #expect(Candidates.partitioners([], 0, "").contains("round-robin"))
        let options = Candidates.partitionerOptions([], 0, "")
        #expect(options.contains("partitioner.vip.keys=") && options.contains("partitioner="))
        #expect(!options.contains("retention.ms=") && !options.contains("topic.policies.limits.partitions.max="))
        #expect(
            Candidates.partitionerOptions([], 0, "partitioner.key-hash.hash=").contains(
                "partitioner.key-hash.hash=crc32"))
        #expect(Candidates.pluginOptions([], 0, "").contains("topic.policies.limits.partitions.max="))
    }

    @Test func `a group has keys of its own`() {
        let keys = Candidates.keys(["broker", "configs", "describe", "--group", "g"], 5, "")
        #expect(keys.contains("consumer.session.timeout.ms") && !keys.contains("retention.ms"))
    }

    @Test func `without a broker there is nothing, at once and in silence`() async {
        #expect(await Candidates.topics(["broker", "-b", "127.0.0.1:1"], 3, "") == [])
    }
}

@Suite struct ConfigsCommandTests {
    @Test func `exactly one thing is named whose configuration is meant`() async throws {
        _ = try await DescribeConfigsCommand.asyncParse(["--topic", "t", "retention.ms", "-v"])
        _ = try await SetConfigsCommand.asyncParse(["--all-brokers", "log.retention.ms=7d"])
        _ = try await UnsetConfigsCommand.asyncParse(["retention.ms", "-g", "group"])
        await #expect(throws: (any Error).self) { try await DescribeConfigsCommand.asyncParse([]) }
        await #expect(throws: (any Error).self) {
            try await DescribeConfigsCommand.asyncParse(["--topic", "t", "--broker", "1"])
        }
        await #expect(throws: (any Error).self) { try await SetConfigsCommand.asyncParse(["--topic", "t"]) }
        await #expect(throws: (any Error).self) { try await SetConfigsCommand.asyncParse(["--topic", "t", "novalue"]) }
        await #expect(throws: (any Error).self) {
            try await SetConfigsCommand.asyncParse(["--topic", "t", "a=1", "a+=2"])
        }
    }
}
