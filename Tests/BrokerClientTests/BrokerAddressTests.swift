import Testing

@testable import BrokerClient

@Suite struct BrokerAddressTests {
    @Test(arguments: [
        ("localhost", "localhost", 9092), ("a.b:1", "a.b", 1), ("[::1]", "::1", 9092), ("[::1]:65535", "::1", 65_535),
        ("fe80::1", "fe80::1", 9092), ("PLAINTEXT://h:7", "h", 7),
    ])
    func `addresses are read`(text: String, host: String, port: Int) throws {
        #expect(try BrokerAddress(text) == BrokerAddress(host: host, port: port))
    }

    @Test(arguments: ["", ":9092", "h:", "h:0", "h:65536", "h:x", "[::1", "[::1]x", "[]:1"])
    func `what is no address is refused`(text: String) {
        #expect(throws: ClientError.self) { try BrokerAddress(text) }
    }

    @Test func `lists may hold blanks, but not nothing`() throws {
        #expect(try BrokerAddress.list("a:1, b:2 ,").map(\.host) == ["a", "b"])
        #expect(throws: ClientError.self) { try BrokerAddress.list(" , ") }
    }
}
