import BrokerNetwork
import BrokerTestKit
import NIOCore
import Testing

/// However the bytes are cut on their way, the same frames come out.
@Suite(.timeLimit(.minutes(2)))
struct FramingTests {
    private static func frames(_ sizes: [Int], seed: UInt64) -> [ByteBuffer] {
        var random = SplitMix(seed: seed)
        return sizes.map { size in
            var frame = ByteBuffer(repeating: UInt8(truncatingIfNeeded: random.next()), count: size)
            // Chance everywhere in small frames, here and there in large ones: random bytes cost much without -O.
            for position in stride(from: 0, to: size, by: max(1, size / 300)) {
                frame.setInteger(UInt8(truncatingIfNeeded: random.next()), at: position)
            }
            return frame
        }
    }

    /// Sends `frames` in pieces of the sizes that `cut` gives; answers what is echoed.
    private func echoes(_ frames: [ByteBuffer], port: Int, cut: (Int) -> Int) async throws -> [ByteBuffer?] {
        let connection = try await RawConnection.open(port: port)
        var all = ByteBuffer()
        for frame in frames { all.writeImmutableBuffer(framed(frame)) }
        while all.readableBytes > 0, let piece = all.readSlice(length: min(all.readableBytes, cut(all.readableBytes))) {
            try await connection.send(piece)
        }
        var echoed: [ByteBuffer?] = []
        for _ in frames { echoed.append(await connection.frame()) }
        try await connection.close()
        return echoed
    }

    @Test func `byte by byte and all at once are the same`() async throws {
        let frames = Self.frames([0, 1, 2, 3, 4, 5, 127, 0, 0, 300], seed: 1)
        try await withServer(TestHandler.echo()) { _, port in
            let single = try await echoes(frames, port: port) { _ in 1 }
            let whole = try await echoes(frames, port: port) { $0 }
            #expect(single == frames)
            #expect(whole == frames)
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `random pieces make the same frames`(seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        let sizes = (0..<12).map { _ in
            random.number(0...3) == 0 ? random.number(100_000...300_000) : random.number(0...2000)
        }
        let frames = Self.frames(sizes, seed: seed)
        try await withServer(TestHandler.echo()) { _, port in
            let echoed = try await echoes(frames, port: port) { _ in
                random.number(0...2) == 0 ? random.number(1...7) : random.number(1...90_000)
            }
            #expect(echoed == frames)
        }
    }

    @Test func `a frame far larger than what is reserved eagerly comes whole`() async throws {
        let frames = Self.frames([5 << 20, 10, 3 << 20], seed: 3)
        try await withServer(TestHandler.echo(), .test(maximumFrame: 5 << 20)) { _, port in
            let echoed = try await echoes(frames, port: port) { _ in 700_001 }
            #expect(echoed == frames)
        }
    }

    @Test(arguments: [-1, .min, 1001, .max] as [Int32])
    func `a bad length closes the connection before anything is handed on`(length: Int32) async throws {
        let handler = TestHandler()
        try await withServer(handler, .test(maximumFrame: 1000)) { _, port in
            let connection = try await RawConnection.open(port: port)
            var bytes = ByteBuffer(integer: length)
            bytes.writeString("abc")
            try await connection.send(bytes)
            let ended = await connection.ends()
            #expect(ended)
            // A later client's frame is the first that the handler sees.
            let other = try await RawConnection.open(port: port)
            try await other.send(framed(String(repeating: "x", count: 1000)))
            let first = await handler.requests.first(1)
            #expect(first.map(\.text.count) == [1000])
        }
    }
}
