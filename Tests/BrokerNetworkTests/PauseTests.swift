import BrokerNetwork
import BrokerTestKit
import NIOCore
import Synchronization
import Testing

/// A client over its quota is answered at once and then made to wait (KIP-219).
@Suite(.timeLimit(.minutes(2)))
struct PauseTests {
    @Test(arguments: [true, false])
    func `an answer goes out at once, the next request waits out the pause`(isAnswered: Bool) async throws {
        let handler = TestHandler { frame, _, reply in
            guard String(buffer: frame) == "first" else { return reply.send("late") }
            if isAnswered { reply.send("now", pausing: 300) } else { reply.sendNothing(pausing: 300) }
        }
        try await withServer(handler) { _, port in
            let connection = try await RawConnection.open(port: port)
            let begun = ContinuousClock.now
            var both = framed("first")
            both.writeImmutableBuffer(framed("second"))
            try await connection.send(both)
            if isAnswered {
                let answer = await connection.frame()
                #expect(answer == ByteBuffer(string: "now"))
                #expect(await handler.requests.first(1).map(\.text) == ["first"])
            }
            let late = await connection.frame()
            #expect(late == ByteBuffer(string: "late"))
            #expect(ContinuousClock.now - begun >= .milliseconds(300))
        }
    }

    @Test func `a pause ends early when it is called off, and prolongs a shorter one`() async throws {
        let handler = TestHandler { _, _, reply in reply.send("x", pausing: 3_600_000) }
        try await withServer(handler) { server, port in
            let connection = try await RawConnection.open(port: port)
            for _ in 0..<3 {
                try await connection.send(framed("a"))
                let answer = await connection.frame()
                #expect(answer == ByteBuffer(string: "x"))
                server.endPauses()
            }
        }
    }

    @Test func `requests that are under way are answered during a pause, and others are not disturbed`() async throws {
        let handler = TestHandler { frame, _, reply in
            if String(buffer: frame) == "pause" { reply.send("paused", pausing: 3_600_000) }
        }
        try await withServer(handler) { _, port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(framed("slow"))
            let slow = await handler.requests.first(1)
            try await connection.send(framed("pause"))
            _ = await handler.requests.first(1)
            try await connection.send(framed("held back"))
            slow.first?.reply.send("at last")
            let answers = [await connection.frame(), await connection.frame()]
            #expect(answers == [ByteBuffer(string: "at last"), ByteBuffer(string: "paused")])
            let other = try await RawConnection.open(port: port, sending: framed("other"))
            let request = await handler.requests.first(1)
            #expect(request.map(\.text) == ["other"])
            request.first?.reply.send("served")
            let answer = await other.frame()
            #expect(answer == ByteBuffer(string: "served"))
        }
    }

    @Test func `a client that goes during its pause is gone`() async throws {
        let handler = TestHandler { _, _, reply in reply.send("x", pausing: 3_600_000) }
        try await withServer(handler) { server, port in
            let connection = try await RawConnection.open(port: port, sending: framed("a"))
            _ = await connection.frame()
            try await connection.close()
            #expect(await handler.departures.first(1).count == 1)
            while server.connectionCount > 0 { await Task.yield() }
        }
    }

    @Test func `a refused connection is closed after its wait, without a request served`() async throws {
        let refuses = Atomic(true)
        let handler = TestHandler.echo()
        try await withServer(handler, refusal: { _ in refuses.load(ordering: .relaxed) ? 200 : nil }) { server, port in
            let begun = ContinuousClock.now
            let refused = try await RawConnection.open(port: port, sending: framed("a"))
            #expect(await refused.ends())
            #expect(ContinuousClock.now - begun >= .milliseconds(200))
            while server.connectionCount > 0 { await Task.yield() }
            refuses.store(false, ordering: .relaxed)
            let served = try await RawConnection.open(port: port, sending: framed("b"))
            let answer = await served.frame()
            #expect(answer == ByteBuffer(string: "b"))
            #expect(await handler.requests.first(1).map(\.text) == ["b"])
        }
    }
}
