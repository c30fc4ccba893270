import ArgumentParser
import BrokerModel
import BrokerPrimitives
import Testing

@testable import BrokerAdmin
@testable import BrokerClient

@Suite struct GluedOptionsTests {
    @Test(
        arguments: [
            ("produce scores -K:", "produce scores --key-separator=:"),
            ("consume t -o-10 -c5 -e", "consume t --from=-10 --count=5 -e"),
            ("consume t -D; -f%k=%s -p0", "consume t --delimiter=; --format=%k=%s --partition=0"),
            ("topics list -bh:1", "topics list --bootstrap-server=h:1"),
            // What stands apart stays apart, whatever it looks like.
            ("consume t -o -10 -K -c5", "consume t -o -10 -K -c5"),
            ("produce t -zlz4 -- -K:", "produce t --compression=lz4 -- -K:"),
            // Flags, other commands' letters, and words.
            ("consume t -eZ -q", "consume t -eZ -q"), ("topics create t -p6", "topics create t -p6"),
            ("produce -", "produce -"), ("---completion produce -K:", "---completion produce -K:"), ("", ""),
        ])
    func `values that are glued to short options are understood`(line: String, separated: String) {
        let words = { (line: String) in line.split(separator: " ").map(String.init) }
        #expect(GluedOptions.separated(words(line)) == words(separated))
    }

    @Test func `what was separated parses`() async throws {
        let line = GluedOptions.separated(["t", "-K-", "-c3", "-Hh=1", "-zgzip", "-k-"].inserted("produce"))
        let produce = try await ProduceCommand.asyncParse(Array(line.dropFirst()))
        #expect((produce.keySeparator, produce.count, produce.key) == ("-", 3, "-"))
        let read = GluedOptions.separated(["t", "-o-10", "-oe@0", "-D;", "-f%s"].inserted("consume"))
        let consume = try await ConsumeCommand.asyncParse(Array(read.dropFirst()))
        #expect(consume.from.count == 2)
        #expect((consume.delimiter, consume.format) == (";", "%s"))
    }
}

extension [String] {
    fileprivate func inserted(_ command: String) -> [String] { [command] + self }
}

@Suite struct HabitsTests {
    @Test(
        arguments: [
            ("consume orders --from-beginning", "begins at the beginning"),
            ("consume --topic orders", "'broker consume orders'"),
            ("consume --topic=orders", "'broker consume orders'"), ("consume t --max-messages 3", "--count"),
            ("produce --topic t --property parse.key=true", "'broker produce t'"),
            ("produce t --property parse.key=true", "-K ':'"), ("produce t --broker-list h:1", "--bootstrap-server"),
            ("groups --describe --group G", "'broker groups describe G'"), ("groups --list", "'broker groups list'"),
            ("groups --describe --all-groups", "'broker groups describe --all'"),
            (
                "groups --bootstrap-server h:1 --group=G --topic t --reset-offsets --to-earliest",
                "'broker groups reset-offsets G --bootstrap-server h:1 --topic t --to-earliest'"
            ),
            ("topics --create --topic t --partitions 3", "'broker topics create t --partitions 3'"),
            ("topics describe --topic t", "behind the command"),
            ("configs --alter --entity-type topics --entity-name t --add-config a=b", "'broker configs set"),
            ("configs set --topic t retention.ms 12h", "'retention.ms=12h'"),
        ])
    func `whoever writes as for Kafka's tools is told what to write here`(line: String, words: String) {
        let advice = CommandRunner.advice(TopicsCommand.self, line.split(separator: " ").map(String.init))
        #expect(advice?.contains(words) == true, "\(advice ?? "nothing")")
    }

    @Test(arguments: ["consume orders", "topics --output json", "produce t -K", "groups describe g --output json", ""])
    func `our own words need no advice`(line: String) {
        #expect(Habits.advice(line.split(separator: " ").map(String.init)) == nil)
    }
}

@Suite struct ConfigAdviceTests {
    @Test func `a brokers' key that is the default of a topic's is told apart from it`() {
        #expect(ConfigAdvice.topicKey(of: "log.retention.ms") == "retention.ms")
        #expect(ConfigAdvice.topicKey(of: "log.retention.hours") == "retention.ms")
        #expect(ConfigAdvice.topicKey(of: "retention.ms") == nil)
        #expect(ConfigAdvice.topicKey(of: "compression.type") == nil)
        #expect(ConfigAdvice.topicKey(of: "node.id") == nil)
        let advice = ConfigAdvice.advice(for: [("log.retention.ms", "5")], ofTopic: true)
        #expect(advice?.contains("Did you mean 'retention.ms'?") == true)
        #expect(ConfigAdvice.advice(for: [("log.retention.ms", "5")], ofTopic: false) == nil)
    }

    @Test(
        arguments: [
            ("retention.ms", "12hours", "'retention.ms=12h'"), ("retention.ms", "2 minutes", "'retention.ms=2m'"),
            ("retention.ms", "5millis", "'retention.ms=5ms'"), ("retention.bytes", "3gigs", "'retention.bytes=3GiB'"),
            ("retention.ms", "soon", "The units are ms, s, m, h, d and w."),
            ("retention.ms", "5x", "The units are ms, s, m, h, d and w."),
        ])
    func `a unit that is spelled out is met with the short one`(key: String, value: String, words: String) {
        #expect(HumanUnits.advice(value, for: key)?.contains(words) == true)
    }

    @Test func `what may be right is left alone`() {
        #expect(HumanUnits.advice("-1", for: "retention.ms") == nil)
        #expect(HumanUnits.advice("12hours", for: "cleanup.policy") == nil)
    }
}

@Suite struct GroupWordsTests {
    private func lag(_ committed: Int64?, end: Int64?, start: Int64? = 0) -> PartitionLag {
        PartitionLag(committed: committed.map { CommittedOffset($0) }, startOffset: start, endOffset: end)
    }

    @Test func `what nobody has read counts, and what is gone does not`() {
        let lags = [
            TopicPartition(topic: "a", partition: 0): lag(4, end: 10),
            TopicPartition(topic: "a", partition: 1): lag(nil, end: 7, start: 2),
            TopicPartition(topic: "b", partition: 0): lag(3, end: nil, start: nil),
        ]
        #expect(DescribeGroupCommand.total(lags) == 11)
        #expect(DescribeGroupCommand.missingTopics(lags) == ["b"])
    }

    @Test func `a member that waits for its share says so once, and only if it takes long`() {
        let start = ContinuousClock.now
        var notice = JoiningNotice(group: "g", since: start)
        var said: [String] = []
        notice.check(now: start.advanced(by: .milliseconds(900))) { said.append($0) }
        #expect(said.isEmpty)
        for second in 1...3 { notice.check(now: start.advanced(by: .seconds(second))) { said.append($0) } }
        #expect(said == ["Waiting for group 'g' to share out its partitions …"])
    }

    @Test func `the largest partitions come first, and empty ones only if asked for`() {
        let replicas = [(0, 5), (1, 0), (2, 9)].map { partition, bytes in
            LogDirectoryDescription.Replica(
                partition: TopicPartition(topic: "t", partition: PartitionIndex(partition)), byteCount: Int64(bytes),
                offsetLag: 0, isFuture: false)
        }
        #expect(LogDirsCommand.shown(replicas, all: false).map(\.partition.partition) == [2, 0])
        #expect(LogDirsCommand.shown(replicas, all: true).map(\.partition.partition) == [2, 0, 1])
    }

    @Test func `what the broker said last is told of a delivery that ran out of time`() {
        let plain = CommandFailure(ClientError(.timedOut, "x"), servers: "h:1")
        #expect(plain.advice?.contains("overloaded") == true)
        let known = CommandFailure(ClientError(.timedOut, "x", server: .notEnoughReplicas), servers: "h:1")
        #expect(known.kind == .timedOut)
        #expect(known.advice?.contains("min.insync.replicas") == true)
    }
}
