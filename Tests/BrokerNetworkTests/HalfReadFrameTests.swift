import BrokerNetwork
import BrokerTestKit
import NIOCore
import Testing

/// Frames that begin and do not end cost their senders something, and nobody else.
@Suite(.timeLimit(.minutes(2)))
struct HalfReadFrameTests {
    /// A frame's length and the first bytes of it.
    private func beginning(_ count: Int, of length: Int32) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeInteger(length)
        bytes.writeRepeatingByte(1, count: count)
        return bytes
    }

    @Test func `a byte now and then does not keep a connection alive`() async throws {
        try await withServer(TestHandler.echo(), .test(idle: 300)) { _, port in
            let connection = try await RawConnection.open(port: port, sending: beginning(0, of: 1_000_000))
            // The connection's end makes the writing fail.
            while (try? await connection.send(ByteBuffer(bytes: [1]))) != nil { await Task.yield() }
            #expect(await connection.ends())
        }
    }

    @Test func `frames that stand still make room for others once the room is used up`() async throws {
        let megabyte = 1 << 20
        let config = NetworkConfig.test(maximumFrame: 8 * megabyte, inFlight: 3 * megabyte)
        try await withServer(TestHandler.echo(), config) { _, port in
            var hoarders: [RawConnection] = []
            for _ in 0..<8 {
                hoarders.append(
                    try await RawConnection.open(port: port, sending: beginning(megabyte, of: Int32(8 * megabyte))))
            }
            let frame = ByteBuffer(repeating: 7, count: 2 * megabyte)
            var answer: ByteBuffer?
            // It may be taken for a hoarder itself once, and then tries again as clients do.
            for _ in 0..<3 where answer == nil {
                let honest = try await RawConnection.open(port: port)
                var bytes = framed(frame)
                while bytes.readableBytes > 0, let piece = bytes.readSlice(length: min(100_000, bytes.readableBytes)) {
                    guard (try? await honest.send(piece)) != nil else { break }
                }
                answer = await honest.frame()
            }
            #expect(answer == frame)
            let ends = await hoarders[0].ends()
            #expect(ends)
        }
    }

    @Test func `a small frame is read on though the room is used up`() async throws {
        let megabyte = 1 << 20
        try await withServer(TestHandler.echo(), .test(maximumFrame: 8 * megabyte, inFlight: megabyte)) { _, port in
            let hoarder = try await RawConnection.open(
                port: port, sending: beginning(2 * megabyte, of: Int32(8 * megabyte)))
            let honest = try await RawConnection.open(port: port)
            for _ in 0..<20 {
                try await honest.send(beginning(1000, of: 2000))
                try await honest.send(ByteBuffer(repeating: 1, count: 1000))
                let answer = await honest.frame()
                #expect(answer?.readableBytes == 2000)
            }
            #expect(await hoarder.ends())
        }
    }
}
