import NIOCore
import Testing

@testable import BrokerClient

@Suite struct ResponseFramesTests {
    @Test(arguments: [1, 2, 3, 5, 7, 64])
    func `frames come out whole however the bytes come in`(step: Int) throws {
        let bodies = ["", "a", "hello", String(repeating: "x", count: 100)]
        var stream = ByteBuffer()
        for body in bodies {
            stream.writeInteger(Int32(body.utf8.count))
            stream.writeString(body)
        }
        var frames = ResponseFrames(limit: 1_000)
        var found: [String] = []
        while let piece = stream.readSlice(length: min(step, stream.readableBytes)), piece.readableBytes > 0 {
            frames.append(piece)
            while let frame = try frames.next() { found.append(String(buffer: frame)) }
        }
        #expect(found == bodies)
    }

    @Test(
        arguments: [
            ([0x48, 0x54, 0x54, 0x50], "answers in HTTP"), ([0x15, 0x03, 0x03, 0x00], "speaks TLS"),
            ([0x7f, 0, 0, 0], "length 2130706432"),
        ] as [([UInt8], String)])
    func `a length that another protocol shows in says which`(bytes: [UInt8], words: String) {
        var frames = ResponseFrames(limit: 1_000)
        frames.append(ByteBuffer(bytes: bytes))
        let error = #expect(throws: ResponseFrames.BadLength.self) { _ = try frames.next() }
        #expect(error?.words.contains(words) == true)
    }

    @Test(arguments: [-1, Int32.min, 1_001])
    func `a length that cannot be is an error`(length: Int32) {
        var frames = ResponseFrames(limit: 1_000)
        frames.append(ByteBuffer(integer: length))
        #expect(throws: ResponseFrames.BadLength.self) { _ = try frames.next() }
    }
}
