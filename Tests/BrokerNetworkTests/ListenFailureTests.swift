import Testing

@testable import BrokerNetwork

@Suite struct ListenFailureTests {
    @Test func `a port that is taken is told in a sentence that says what to do`() async throws {
        try await withServer(TestHandler.echo()) { server, port in
            let failure = await #expect(throws: ListenFailure.self) {
                _ = try await server.listen(name: "PLAINTEXT", host: "127.0.0.1", port: port)
            }
            let words = failure?.description ?? ""
            #expect(
                words.hasPrefix("Listener PLAINTEXT cannot listen on 127.0.0.1:\(port): another process listens there.")
            )
            #expect(!words.contains("errno") && !words.contains("descriptor"))
        }
    }
}
