import BrokerNetwork
import BrokerTestKit
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ReplyOrderTests {
    @Test(arguments: 0..<10 as Range<UInt64>)
    func `answers come in the order of the requests, in whichever order they are given`(seed: UInt64) async throws {
        let handler = TestHandler()
        var random = SplitMix(seed: seed)
        try await withServer(handler) { _, port in
            let connection = try await RawConnection.open(port: port)
            for number in 0..<80 { try await connection.send(framed("\(number)")) }
            let requests = await handler.requests.first(80)
            #expect(requests.map(\.text) == (0..<80).map(String.init))
            for request in requests.shuffled(using: &random) {
                if request.text.hasSuffix("7") { request.reply.sendNothing() } else { request.reply.send(request.text) }
            }
            for number in 0..<80 where number % 10 != 7 {
                let answer = await connection.frame()
                #expect(answer.map { String(buffer: $0) } == "\(number)")
            }
        }
    }

    @Test func `a request is answered once, whatever is said later`() async throws {
        let handler = TestHandler()
        try await withServer(handler) { _, port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(framed("a"))
            try await connection.send(framed("b"))
            let requests = await handler.requests.first(2)
            requests[1].reply.send("b")
            requests[1].reply.send("again")
            requests[1].reply.close()
            requests[0].reply.send("a")
            requests[0].reply.send("again")
            let answers = [await connection.frame(), await connection.frame()]
            #expect(answers == [ByteBuffer(string: "a"), ByteBuffer(string: "b")])
            try await connection.send(framed("c"))
            let third = await handler.requests.first(1)
            third.first?.reply.send("c")
            let last = await connection.frame()
            #expect(last == ByteBuffer(string: "c"))
        }
    }

    @Test func `closing waits for the answers before it`() async throws {
        let handler = TestHandler()
        try await withServer(handler) { _, port in
            let connection = try await RawConnection.open(port: port)
            for text in ["a", "b", "c", "d"] { try await connection.send(framed(text)) }
            let requests = await handler.requests.first(4)
            requests[3].reply.send("d")
            requests[2].reply.close()
            requests[1].reply.send("b")
            requests[0].reply.send("a")
            let answers = [await connection.frame(), await connection.frame(), await connection.frame()]
            #expect(answers == [ByteBuffer(string: "a"), ByteBuffer(string: "b"), nil])
        }
    }

    @Test func `an answer to a client that has gone is dropped`() async throws {
        let handler = TestHandler()
        try await withServer(handler) { server, port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(framed("a"))
            let requests = await handler.requests.first(1)
            try await connection.close()
            let gone = await handler.departures.first(1)
            #expect(gone == requests.map(\.peer))
            requests[0].reply.send("a")
            while server.connectionCount > 0 { await Task.yield() }
        }
    }

    @Test func `a peer is told apart and knows both ends`() async throws {
        let handler = TestHandler()
        try await withServer(handler) { _, port in
            let one = try await RawConnection.open(port: port)
            try await one.send(framed("1"))
            let two = try await RawConnection.open(port: port)
            try await two.send(framed("2"))
            let peers = await handler.requests.first(2).map(\.peer)
            #expect(Set(peers.map(\.id)).count == 2)
            for peer in peers {
                #expect(peer.listener == "TEST" && peer.host == "127.0.0.1")
                #expect(peer.localHost == "127.0.0.1" && peer.localPort == port)
            }
        }
    }
}
