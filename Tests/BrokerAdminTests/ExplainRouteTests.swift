import ArgumentParser
import Foundation
import Testing

@testable import BrokerAdmin

@Suite struct ExplainRouteTests {
    private func failure(_ setting: String, for partitioner: String = "vip") throws -> CommandFailure? {
        let setting = try #require(KeyValue(argument: setting))
        do throws(CommandFailure) { try ExplainRouteCommand.judge([setting], for: partitioner) } catch { return error }
        return nil
    }

    @Test func `options are those of the partitioner that is asked`() throws {
        #expect(try failure("partitioner.vip.keys=acme") == nil)
        #expect(try failure("partitioner=vip") == nil)
        let unknown = try #require(try failure("partitioner.vip.kesy=acme"))
        #expect(unknown.kind == .usage && unknown.message.contains("Did you mean 'partitioner.vip.keys'?"))
        #expect(try failure("partitioner.vip.foo=0") != nil)
        #expect(try failure("retention.ms=0") != nil)
        #expect(try failure("partitioner.vip.partitions=0")?.message.contains("from 1 to") == true)
        let other = try #require(try failure("partitioner.key-hash.hash=crc32"))
        #expect(other.message.contains("'key-hash', and 'vip' is asked"))
        #expect(try failure("partitioner.key-hash.hash=crc32", for: "key-hash") == nil)
    }

    @Test func `a partitioner is named once`() async {
        let line = ["--topic", "t", "--partitioner", "vip", "-c", "partitioner=key-hash"]
        await #expect(throws: (any Error).self) { try await ExplainRouteCommand.asyncParse(line) }
        await #expect(throws: Never.self) { try await ExplainRouteCommand.asyncParse(Array(line.dropLast(2))) }
    }
}

@Suite struct TextFileTests {
    private func lines(_ text: String) -> [String] {
        TextFile.lines(of: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `a line ends before its line feed, and before a carriage return before that`() {
        #expect(lines("acme\r\nacme\r\n") == ["acme", "acme"])
        #expect(lines("a\n\nb\r\n\r\nc") == ["a", "b", "c"])
        #expect(lines("a\rb\r\r\n") == ["a\rb\r"], "a carriage return alone is one of the line's bytes")
        #expect(lines("").isEmpty && lines("\r\n\n").isEmpty)
        #expect(TextFile.lines(of: [0xff, 0x00, 0x0a, 0xc3]) == [[0xff, 0x00], [0xc3]], "bytes that are no text")
    }

    @Test func `a file that cannot be read says why`() throws {
        func reason(_ path: String) -> String? {
            do throws(UnreadableFile) { _ = try TextFile.text(path) } catch { return error.reason }
            return nil
        }
        #expect(reason("/no/such/file") == "No such file or directory")
        #expect(reason("/") == "Is a directory")
        let path = FileManager.default.temporaryDirectory.appending(path: "text-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data([0x61, 0xff]).write(to: URL(filePath: path))
        #expect(reason(path) == "it is not UTF-8")
        #expect(try TextFile.bytes(path) == [0x61, 0xff])
    }
}
