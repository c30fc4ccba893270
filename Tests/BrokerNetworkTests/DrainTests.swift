import BrokerNetwork
import BrokerTestKit
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(2)))
struct DrainTests {
    @Test func `draining answers everything that was asked, then closes`() async throws {
        let handler = TestHandler()
        try await withServer(handler) { server, port in
            var connections: [RawConnection] = []
            for number in 0..<8 {
                let connection = try await RawConnection.open(port: port)
                for request in 0..<3 { try await connection.send(framed("\(number).\(request)")) }
                connections.append(connection)
            }
            let idle = try await RawConnection.open(port: port)
            let requests = await handler.requests.first(24)
            // Connected is not yet accepted.
            while server.connectionCount < 9 { await Task.yield() }
            async let drained: Void = server.drain(grace: .seconds(60))
            // The idle connection's end shows that the drain is under way.
            let ended = await idle.ends()
            #expect(ended)
            for request in requests.reversed() { request.reply.send(request.text) }
            for (number, connection) in connections.enumerated() {
                for request in 0..<3 {
                    let answer = await connection.frame()
                    #expect(answer == ByteBuffer(string: "\(number).\(request)"))
                }
                let ended = await connection.ends()
                #expect(ended)
            }
            await drained
            #expect(server.connectionCount == 0)
        }
    }

    @Test func `who never answers is cut off after the grace`() async throws {
        let handler = TestHandler()
        try await withServer(handler) { server, port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(framed("a"))
            let requests = await handler.requests.first(1)
            await server.drain(grace: .milliseconds(20))
            let ended = await connection.ends()
            #expect(ended)
            requests[0].reply.send("late")
        }
    }

    @Test func `after stopping to accept nobody can connect`() async throws {
        try await withServer(TestHandler.echo()) { server, port in
            let before = try await RawConnection.open(port: port)
            try await before.send(framed("a"))
            let first = await before.frame()
            #expect(first == ByteBuffer(string: "a"))
            await server.stopAccepting()
            await #expect(throws: (any Error).self) { _ = try await RawConnection.open(port: port) }
            try await before.send(framed("b"))
            let answer = await before.frame()
            #expect(answer == ByteBuffer(string: "b"))
        }
    }
}
