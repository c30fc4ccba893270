import BrokerClient
import NIOCore
import Testing

@testable import BrokerAdmin

struct DevTopicsTests {
    private func topics(_ text: String, files: [String: [String]] = [:]) throws -> DevTopics {
        try DevTopics(try JSONParser.parse(text.utf8), name: "t.json") { name throws(UnreadableFile) in
            guard let lines = files[name] else { throw UnreadableFile(reason: "it is not there") }
            return lines.map { Array($0.utf8)[...] }
        }
    }

    @Test func `a list names topics, their partitions, configs and records`() throws {
        let read = try topics(
            """
            [{"name": "a", "partitions": 3, "configs": {"retention.ms": 60000, "segment.ms": "7d", "cleanup.policy": "compact"}},
             {"name": "b", "records": [{"key": "k", "value": "v", "partition": 0}, {"value": null}]},
             {"name": "c", "records": "c.jsonl"}]
            """, files: ["c.jsonl": [#"{"value":"1"}"#, #"{"value":"2"}"#]])
        #expect(read.topics.map(\.name) == ["a", "b", "c"])
        #expect(read.topics[0].partitionCount == 3)
        #expect(
            read.topics[0].configs == ["retention.ms": "60000", "segment.ms": "604800000", "cleanup.policy": "compact"])
        #expect(read.records.map(\.topic) == ["b", "b", "c", "c"])
        #expect(read.records.map(\.partition) == [0, nil, nil, nil])
        #expect(read.records.map { $0.value.map { String(buffer: $0) } } == ["v", nil, "1", "2"])
    }

    @Test(
        arguments: [
            (#"{}"#, "not a JSON list"), (#"[{}]"#, "Topic 1 in t.json has no \"name\""),
            (#"[{"name":"a","partition":3}]"#, "\"partition\""), (#"[{"name":"a","partitions":0}]"#, "from 1"),
            (#"[{"name":"a","configs":[]}]"#, "\"configs\""), (#"[{"name":"a","records":7}]"#, "\"records\""),
            (#"[{"name":"a","records":"none"}]"#, "Cannot read none, the records of topic 'a': it is not there."),
            (#"[{"name":"a","records":["x"]}]"#, "Record 1 of 'a'"),
        ])
    func `what is wrong is said, and where`(text: String, words: String) throws {
        let failure = #expect(throws: CommandFailure.self) { _ = try topics(text) }
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
    }
}
