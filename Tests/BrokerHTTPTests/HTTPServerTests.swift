import BrokerHTTP
import BrokerTestKit
import NIOCore
import Testing

struct HTTPServerTests {
    /// A server that answers with what it was asked, and a connection to it.
    private func with(
        _ limits: HTTPServer.Limits = .init(), _ body: (_ port: Int) async throws -> Void
    ) async throws {
        let server = HTTPServer(limits: limits) { request, eventLoop in
            let query = request.query.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: " ")
            return eventLoop.makeSucceededFuture(.text("\(request.path) [\(query)]"))
        }
        do {
            try await body(try await server.listen(host: "127.0.0.1", port: 0))
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    /// Sends bytes; answers all that comes until the server closes.
    private func exchange(_ port: Int, _ text: String) async throws -> String {
        let connection = try await RawConnection.open(port: port, sending: ByteBuffer(string: text))
        var all = ""
        while let byte = await connection.receive(1) { all += String(buffer: byte) }
        return all
    }

    private func get(_ target: String, _ headers: String = "Connection: close\r\n", method: String = "GET") -> String {
        "\(method) \(target) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n"
    }

    @Test func `a request is answered with its path and parameters known`() async throws {
        try await with { port in
            let answer = try await exchange(port, get("/a/b?verbose&x=1=2"))
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n/a/b [verbose: x:1=2]"))
            #expect(answer.contains("Content-Length: 21\r\n"))
        }
    }

    @Test func `HEAD is answered without the body`() async throws {
        try await with { port in
            let answer = try await exchange(port, get("/", method: "HEAD"))
            #expect(answer.contains("Content-Length: 4\r\n") && answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `requests of one connection are answered in order`() async throws {
        try await with { port in
            let answer = try await exchange(port, get("/1", "") + get("/2", "") + get("/3"))
            let places = try ["/1 []", "/2 []", "/3 []"].map { try #require(answer.firstRange(of: $0)).lowerBound }
            #expect(places == places.sorted())
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS"])
    func `other methods are refused with what is allowed`(method: String) async throws {
        try await with { port in
            let answer = try await exchange(port, get("/", "", method: method))
            #expect(answer.hasPrefix("HTTP/1.1 405 ") && answer.contains("Allow: GET, HEAD\r\n"))
        }
    }

    @Test func `a body is refused`() async throws {
        try await with { port in
            let answer = try await exchange(port, get("/", "Content-Length: 3\r\n") + "abc")
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test(arguments: ["\u{0}\u{1}garbage\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET\r\n\r\n"])
    func `what is no HTTP ends the connection`(bytes: String) async throws {
        try await with { port in
            let answer = try await exchange(port, bytes)
            #expect(!answer.contains(" 200 "))
        }
    }

    @Test func `headers beyond the limit end the connection`() async throws {
        try await with { port in
            let many = (0..<100).map { "X-\($0): y\r\n" }.joined()
            let large = "X: " + String(repeating: "y", count: 17 << 10) + "\r\n"
            for headers in [many, large] {
                let answer = try await exchange(port, get("/", headers))
                #expect(!answer.contains(" 200 "))
            }
        }
    }

    @Test func `a client that does not finish its request is let go`() async throws {
        var limits = HTTPServer.Limits()
        limits.requestTime = .milliseconds(20)
        try await with(limits) { port in
            let answer = try await exchange(port, "GET / HT")
            #expect(answer == "")
        }
    }

    @Test func `connections beyond the limit are closed, and there is room again when others end`() async throws {
        var limits = HTTPServer.Limits()
        limits.maximumConnections = 1
        try await with(limits) { port in
            let first = try await RawConnection.open(port: port, sending: ByteBuffer(string: get("/1", "")))
            #expect(await first.receive(15) != nil)
            let second = try await exchange(port, get("/2"))
            #expect(second == "")
            try await first.send(ByteBuffer(string: get("/3")))
            while await first.receive(1) != nil {}
            var answer = ""
            for _ in 0..<1000 where answer.isEmpty { answer = (try? await exchange(port, get("/4"))) ?? "" }
            #expect(answer.hasSuffix("/4 []"))
        }
    }
}
