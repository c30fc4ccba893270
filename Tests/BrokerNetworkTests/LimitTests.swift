import BrokerNetwork
import BrokerTestKit
import NIOCore
import Synchronization
import Testing

/// A client can only exhaust itself.
@Suite(.timeLimit(.minutes(2)))
struct LimitTests {
    /// Counts up and down and keeps the highest count.
    private final class Level: Sendable {
        private let state = Mutex((now: 0, highest: 0))
        func rise(_ amount: Int = 1) {
            state.withLock { state in
                state.now += amount
                state.highest = max(state.highest, state.now)
            }
        }
        func fall(_ amount: Int = 1) { state.withLock { $0.now -= amount } }
        var highest: Int { state.withLock { $0.highest } }
    }

    @Test(arguments: [1, 3]) func `no more requests are taken than may be unanswered`(limit: Int) async throws {
        let level = Level()
        let handler = TestHandler { _, _, _ in level.rise() }
        try await withServer(handler, .test(maximumUnanswered: limit)) { _, port in
            let connection = try await RawConnection.open(port: port)
            var all = ByteBuffer()
            for number in 0..<50 { all.writeImmutableBuffer(framed("\(number)")) }
            try await connection.send(all)
            for number in 0..<50 {
                let request = await handler.requests.first(1)
                #expect(request.map(\.text) == ["\(number)"])
                level.fall()
                request.first?.reply.send("\(number)")
            }
            for number in 0..<50 {
                let answer = await connection.frame()
                #expect(answer == ByteBuffer(string: "\(number)"))
            }
            #expect(level.highest <= limit && level.highest > 0)
        }
    }

    /// Without back-pressure all answers would be in memory before the client has read one.
    @Test func `a client that is slow to read is not answered faster than it reads`() async throws {
        let (size, count) = (256 << 10, 200)
        let ahead = Atomic(0)
        let answered = Atomic(0)
        let received = Mutex<(@Sendable () -> Int)?>(nil)
        let big = framed(ByteBuffer(repeating: 1, count: size))
        let handler = TestHandler { _, _, reply in
            let total = answered.add(size, ordering: .relaxed).newValue
            let taken = received.withLock { $0 }?() ?? 0
            if total - taken > ahead.load(ordering: .relaxed) { ahead.store(total - taken, ordering: .relaxed) }
            reply.send(OutboundFrame(big))
        }
        try await withServer(handler, .test(maximumUnanswered: 1000, sendBuffer: 64 << 10)) { _, port in
            let connection = try await RawConnection.open(port: port)
            received.withLock { $0 = connection.receivedByteCount }
            var all = ByteBuffer()
            for _ in 0..<count { all.writeImmutableBuffer(framed("x")) }
            try await connection.send(all)
            for _ in 0..<count {
                let answer = await connection.frame()
                #expect(answer?.readableBytes == size)
            }
            // 4 MB wait for the socket at most; the rest lies in the system's buffers.
            #expect(ahead.load(ordering: .relaxed) < 24 << 20)
        }
    }

    @Test func `requests wait while the bytes in hand are used up by others`() async throws {
        let order = Mutex<[String]>([])
        let handler = TestHandler { frame, _, _ in order.withLock { $0.append(String(buffer: frame)) } }
        try await withServer(handler, .test(inFlight: 10)) { _, port in
            let first = try await RawConnection.open(port: port)
            let second = try await RawConnection.open(port: port)
            try await first.send(framed("0123456789"))
            let held = await handler.requests.first(1)
            try await second.send(framed("second"))
            for _ in 0..<2000 { await Task.yield() }
            order.withLock { $0.append("answered") }
            held.first?.reply.send("first")
            let answer = await first.frame()
            #expect(answer == ByteBuffer(string: "first"))
            let waiting = await handler.requests.first(1)
            waiting.first?.reply.send("second")
            let late = await second.frame()
            #expect(late == ByteBuffer(string: "second"))
            #expect(order.withLock { $0 } == ["0123456789", "answered", "second"])
        }
    }

    @Test func `bytes in hand are given back by a client that goes without its answer`() async throws {
        let handler = TestHandler()
        try await withServer(handler, .test(inFlight: 10)) { _, port in
            let first = try await RawConnection.open(port: port)
            try await first.send(framed("0123456789"))
            _ = await handler.requests.first(1)
            let second = try await RawConnection.open(port: port)
            try await second.send(framed("second"))
            try await first.close()
            let waiting = await handler.requests.first(1)
            #expect(waiting.map(\.text) == ["second"])
        }
    }

    @Test func `one host gets so many connections, and one more when one has gone`() async throws {
        try await withServer(TestHandler.echo(), .test(perHost: 2)) { server, port in
            let kept = try await RawConnection.open(port: port)
            let leaving = try await RawConnection.open(port: port)
            for connection in [kept, leaving] {
                try await connection.send(framed("a"))
                let answer = await connection.frame()
                #expect(answer == ByteBuffer(string: "a"))
            }
            for _ in 0..<3 {
                let tooMany = try await RawConnection.open(port: port)
                let refused = await tooMany.ends()
                #expect(refused)
            }
            #expect(server.connectionCount == 2)
            try await leaving.close()
            while server.connectionCount > 1 { await Task.yield() }
            let next = try await RawConnection.open(port: port)
            try await next.send(framed("b"))
            let answer = await next.frame()
            #expect(answer == ByteBuffer(string: "b"))
        }
    }

    @Test func `an idle connection is closed, one that waits for an answer is not`() async throws {
        let handler = TestHandler()
        try await withServer(handler, .test(idle: 200)) { _, port in
            let waiting = try await RawConnection.open(port: port, sending: framed("a"))
            let request = await handler.requests.first(1)
            // Two idle connections, one after the other: twice the time goes by.
            for _ in 0..<2 {
                let idle = try await RawConnection.open(port: port)
                let ended = await idle.ends()
                #expect(ended)
            }
            request.first?.reply.send("a")
            let answer = await waiting.frame()
            #expect(answer == ByteBuffer(string: "a"))
            let ended = await waiting.ends()
            #expect(ended)
        }
    }
}
