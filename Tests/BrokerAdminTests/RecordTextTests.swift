import ArgumentParser
import BrokerClient
import BrokerModel
import NIOCore
import Testing

@testable import BrokerAdmin

@Suite struct RecordReaderTests {
    private func read(
        _ line: String, keyDelimiter: String? = nil, emptyIsNull: Bool = false
    ) -> (key: String?, value: String?) {
        let reader = RecordReader(
            topic: "t", partition: nil, key: nil, keyDelimiter: keyDelimiter, headers: [], emptyIsNull: emptyIsNull)
        let record = reader.record(ByteBuffer(string: line))
        return (record.key.map { String(buffer: $0) }, record.value.map { String(buffer: $0) })
    }

    @Test func `a line is a value`() { #expect(read("a:b") == (nil, "a:b")) }

    @Test func `the first separator parts key and value`() {
        #expect(read("a:b:c", keyDelimiter: ":") == ("a", "b:c"))
        #expect(read("a=>b", keyDelimiter: "=>") == ("a", "b"))
        #expect(read("a=b=>c", keyDelimiter: "=>") == ("a=b", "c"))
        #expect(read("none", keyDelimiter: ":") == (nil, "none"))
        #expect(read(":", keyDelimiter: ":") == ("", ""))
    }

    @Test func `empty means null only where asked for`() {
        #expect(read("a:", keyDelimiter: ":", emptyIsNull: true) == ("a", nil))
        #expect(read(":b", keyDelimiter: ":", emptyIsNull: true) == (nil, "b"))
        #expect(read("") == (nil, ""))
        #expect(read("", emptyIsNull: true) == (nil, nil))
    }

    @Test(arguments: 1...6)
    func `lines come out whole however the bytes come in`(step: Int) {
        var stream = ByteBuffer(string: "one\n\ntwo\nthree")
        var splitter = LineSplitter()
        var lines: [String] = []
        while let chunk = stream.readSlice(length: min(step, stream.readableBytes)), chunk.readableBytes > 0 {
            lines += splitter.split(chunk, at: 0x0A).map { String(buffer: $0) }
        }
        if let rest = splitter.rest() { lines.append(String(buffer: rest)) }
        #expect(lines == ["one", "", "two", "three"])
    }

    @Test func `escapes are understood`() {
        #expect(Escapes.bytes(#"a\n\t\x41\\n\0\q\x4"#) == Array("a\n\tA\\n\0\\q\\x4".utf8))
    }
}

@Suite struct RecordJSONTests {
    private func parse(_ text: String) throws -> ProducerRecord {
        try RecordJSON.record(text.utf8, topic: "t", keepsPartition: true, keepsTimestamp: true)
    }

    @Test func `a line is read`() throws {
        let record = try parse(
            #"{"key":"k","value":{"base64":"/w=="},"partition":3,"timestamp":5,"headers":[{"key":"h","value":null}]}"#)
        #expect(record.key == ByteBuffer(string: "k"))
        #expect(record.value == ByteBuffer(bytes: [0xFF]))
        #expect(record.partition == 3)
        #expect(record.timestamp == 5)
        #expect(record.headers == [Record.Header(key: "h", value: nil)])
    }

    @Test func `missing and null are null, other values are their text`() throws {
        #expect(try parse("{}").value == nil)
        #expect(try parse(#"{"value":{"base64":""}}"#).value == ByteBuffer())
        #expect(try parse(#"{"value":[1,{"a":2}]}"#).value == ByteBuffer(string: #"[1,{"a":2}]"#))
        #expect(try parse(#"{"headers":{"a":"b"}}"#).headers.map(\.key) == ["a"])
    }

    @Test(arguments: [
        "[]", "1", #"{"value":{"a":1}}"#, #"{"partition":-1}"#, #"{"headers":3}"#, #"{"headers":[{}]}"#, "x",
        #"{"partition":99999999999}"#,
    ])
    func `lines that make no sense are refused`(text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }
}

@Suite struct CommandLineTests {
    @Test(
        arguments: [
            ("beginning", .beginning), ("end", .end), ("42", .offset(42)), ("-5", .last(5)), ("@0", .timestamp(0)),
            ("s@1970-01-02", .timestamp(86_400_000)),
        ] as [(String, StartPosition)])
    func `places to begin are read`(text: String, place: StartPosition) {
        #expect(StartPosition(argument: text) == place)
    }

    @Test(arguments: ["", "middle", "@", "@x", "1.5", "-9223372036854775808"])
    func `what is no place is refused`(text: String) { #expect(StartPosition(argument: text) == nil) }

    @Test(arguments: ["%x", "%", "a%"])
    func `unknown sequences of a format are refused`(text: String) {
        #expect(throws: RecordFormat.Unknown.self) { try RecordFormat(text) }
    }

    @Test func `commands check what they are given`() throws {
        _ = try ConsumeCommand.parse(["t", "-o", "-5", "-e", "-b", "a:1,b:2"])
        _ = try ProduceCommand.parse(["t", "-K", ":", "-H", "a=b", "-z", "none", "-Z"])
        _ = try CreateTopicCommand.parse(["t", "-p", "3", "--config", "a=b=c"])
        for wrong in [["t", "-f", "%y"], ["t", "-p", "-1"], ["t", "--output", "json", "-f", "%s"], []] {
            #expect(throws: (any Error).self) { try ConsumeCommand.parse(wrong) }
        }
        for wrong in [["t", "-z", "rar"], ["t", "--acks", "2"], ["t", "-D", "ab"], ["t", "--partitioner", "x"]] {
            #expect(throws: (any Error).self) { try ProduceCommand.parse(wrong) }
        }
        #expect(throws: (any Error).self) { try AlterTopicCommand.parse(["t"]) }
        #expect(throws: (any Error).self) { try AlterTopicCommand.parse(["t", "--config", "novalue"]) }
        #expect(throws: (any Error).self) { try ListTopicsCommand.parse(["-b", "h:0"]) }
    }
}
