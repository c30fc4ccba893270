import ArgumentParser
import BrokerModel
import BrokerTestKit
import NIOCore
import Testing

@testable import BrokerAdmin
@testable import BrokerClient

@Suite struct RecordReaderTests {
    private func read(
        _ line: String, keyDelimiter: String? = nil, emptyIsNull: Bool = false
    ) -> (key: String?, value: String?) {
        let reader = RecordReader(
            topic: "t", partition: nil, key: nil, keyDelimiter: keyDelimiter.map(Escapes.bytes), headers: [],
            emptyIsNull: emptyIsNull)
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

    @Test func `a key ends at bytes, which need be no text`() {
        let reader = RecordReader(
            topic: "t", partition: nil, key: nil, keyDelimiter: Escapes.bytes("\\xff"), headers: [], emptyIsNull: false)
        let record = reader.record(ByteBuffer(bytes: [0x61, 0xFF, 0x62]))
        #expect(record.key == ByteBuffer(string: "a"))
        #expect(record.value == ByteBuffer(string: "b"))
    }

    @Test(arguments: [1, 3, 100])
    func `a line beyond the limit ends the input, after the lines before it`(step: Int) {
        var stream = ByteBuffer(string: "one\n12345\n123456\ntwo\n")
        var splitter = LineSplitter(delimiter: [0x0A], limit: 5)
        var lines: [String] = []
        while !splitter.isBlocked, let chunk = stream.readSlice(length: min(step, stream.readableBytes)),
            chunk.readableBytes > 0
        {
            lines += splitter.split(chunk).map { String(buffer: $0) }
        }
        #expect(lines == ["one", "12345"])
        #expect(splitter.isBlocked)
    }

    @Test func `a timestamp that records without one have is kept`() throws {
        let record = try RecordJSON.record(
            Array(#"{"value":"v","timestamp":-1}"#.utf8), topic: "t", keepsPartition: false, keepsTimestamp: true)
        #expect(record.timestamp == -1)
    }

    @Test(arguments: 1...6)
    func `lines come out whole however the bytes come in`(step: Int) {
        var stream = ByteBuffer(string: "one\n\ntwo\nthree")
        var splitter = LineSplitter(delimiter: [0x0A])
        var lines: [String] = []
        while let chunk = stream.readSlice(length: min(step, stream.readableBytes)), chunk.readableBytes > 0 {
            lines += splitter.split(chunk).map { String(buffer: $0) }
        }
        if let rest = splitter.rest() { lines.append(String(buffer: rest)) }
        #expect(lines == ["one", "", "two", "three"])
    }

    @Test(arguments: 1...9)
    func `a delimiter of several bytes may be cut anywhere`(step: Int) {
        var stream = ByteBuffer(string: "one=>=two=>=>===>=three=>=>")
        var splitter = LineSplitter(delimiter: Array("=>=".utf8))
        var lines: [String] = []
        while let chunk = stream.readSlice(length: min(step, stream.readableBytes)), chunk.readableBytes > 0 {
            lines += splitter.split(chunk).map { String(buffer: $0) }
        }
        if let rest = splitter.rest() { lines.append(String(buffer: rest)) }
        #expect(lines == ["one", "two", ">==", "three", ">"])
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

    @Test func `the envelope of kcat is read`() throws {
        let record = try parse(
            #"{"topic":"x","partition":1,"offset":7,"tstype":"create","ts":5,"headers":["a","1","a","2"],"key":null,"payload":"v"}"#
        )
        #expect(record.value == ByteBuffer(string: "v"))
        #expect(record.key == nil)
        #expect(record.timestamp == 5)
        #expect(record.headers.map(\.key) == ["a", "a"])
        #expect(record.headers.map(\.value) == [ByteBuffer(string: "1"), ByteBuffer(string: "2")])
    }

    @Test(arguments: 0..<400 as Range<UInt64>)
    func `any record that is written as a line is read back unchanged`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let sent = ConsumerRecord.random(&random)
        let line = RecordJSON.line(sent).description
        #expect(!line.contains("\n"))
        let read = try parse(line)
        #expect(read.key == sent.key)
        #expect(read.value == sent.value)
        #expect(read.timestamp == sent.timestamp)
        #expect(read.partition == sent.partition)
        #expect(read.headers.map { Array($0.key.utf8) } == sent.headers.map { Array($0.key.utf8) })
        #expect(read.headers.map(\.value) == sent.headers.map(\.value))
    }

    @Test(arguments: [
        "[]", "1", #"{"value":{"a":1}}"#, #"{"partition":-1}"#, #"{"headers":3}"#, #"{"headers":[{}]}"#, "x",
        #"{"headers":["a"]}"#, #"{"headers":["a","b",{},"c"]}"#,
        #"{"partition":99999999999}"#,
    ])
    func `lines that make no sense are refused`(text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }
}

@Suite struct CommandLineTests {
    @Test(
        arguments: [
            ("beginning", .start(.beginning)), ("end", .start(.end)), ("42", .start(.offset(42))),
            ("-5", .start(.last(5))), ("@0", .start(.timestamp(0))), ("s@1970-01-02", .start(.timestamp(86_400_000))),
            ("e@1000", .stop(1000)), ("stored", .stored),
        ] as [(String, ConsumePlace)])
    func `places to begin are read`(text: String, place: ConsumePlace) {
        #expect(ConsumePlace(argument: text) == place)
    }

    @Test(arguments: ["", "middle", "@", "@x", "1.5", "-9223372036854775808", "e@", "e@x", "s@"])
    func `what is no place is refused`(text: String) { #expect(ConsumePlace(argument: text) == nil) }

    @Test(arguments: ["%x", "%", "a%"])
    func `unknown sequences of a format are refused`(text: String) {
        #expect(throws: RecordFormat.Unknown.self) { try RecordFormat(text) }
    }

    @Test func `commands check what they are given`() async throws {
        _ = try await ConsumeCommand.asyncParse(["t", "-o", "-5", "-e", "-b", "a:1,b:2"])
        _ = try await ConsumeCommand.asyncParse(["t", "-o", "s@1", "-o", "e@2"])
        _ = try await ConsumeCommand.asyncParse(["t", "-o", "@-2h", "--until", "now"])
        _ = try await ProduceCommand.asyncParse(["t", "-K", ":", "-H", "a=b", "-z", "none", "-Z"])
        _ = try await CreateTopicCommand.asyncParse(["t", "-p", "3", "--config", "a=b=c"])
        for wrong in [
            ["t", "-f", "%y"], ["t", "-p", "-1"], ["t", "--output", "json", "-f", "%s"], [],
            ["t", "-o", "stored"], ["t", "-o", "1", "-o", "2"], ["t", "-o", "e@1", "--until", "2"],
        ] {
            await #expect(throws: (any Error).self) { try await ConsumeCommand.asyncParse(wrong) }
        }
        for wrong in [
            ["t", "-z", "rar"], ["t", "--acks", "2"], ["t", "-D", ""], ["t", "-c", "-1"], ["t", "--partitioner", "x"],
        ] {
            await #expect(throws: (any Error).self) { try await ProduceCommand.asyncParse(wrong) }
        }
        await #expect(throws: (any Error).self) { try await AlterTopicCommand.asyncParse(["t"]) }
        await #expect(throws: (any Error).self) {
            try await AlterTopicCommand.asyncParse(["t", "--config", "novalue"])
        }
        await #expect(throws: (any Error).self) { try await ListTopicsCommand.asyncParse(["-b", "h:0"]) }
    }
}

extension ConsumerRecord {
    /// Keys, values and headers that are null, empty, text of all kinds, or bytes of all kinds.
    fileprivate static func random(_ random: inout SplitMix) -> ConsumerRecord {
        let headers = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            Record.Header(
                key: String(buffer: ByteBuffer(bytes: text(&random))), value: bytes(&random))
        }
        let record = Record(
            offset: .random(in: 0...Offset.max, using: &random), timestamp: .random(in: 0...Int64.max, using: &random),
            key: bytes(&random), value: bytes(&random), headers: headers)
        let partition = TopicPartition(topic: "t", partition: .random(in: 0...PartitionIndex.max, using: &random))
        return ConsumerRecord(record, of: partition, timestampType: .createTime)
    }

    private static func bytes(_ random: inout SplitMix) -> ByteBuffer? {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: nil
        case 1: ByteBuffer()
        case 2, 3: ByteBuffer(bytes: text(&random))
        default:
            ByteBuffer(
                bytes: (0..<Int.random(in: 1...40, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                })
        }
    }

    /// UTF-8 with controls, quotes, combining marks, and characters beyond 16 bits.
    private static func text(_ random: inout SplitMix) -> [UInt8] {
        let marks: [Unicode.Scalar] = [
            "\"", "\\", "\n", "\0", "\u{7F}", "\u{301}", "\u{2028}", "\u{FEFF}", "\u{10FFFF}",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let scalar = Unicode.Scalar(UInt32.random(in: 0...0x2FFF, using: &random))
            text.unicodeScalars.append(
                Bool.random(using: &random) ? marks.randomElement(using: &random) ?? "x" : scalar ?? "y")
        }
        return Array(text.utf8)
    }
}
