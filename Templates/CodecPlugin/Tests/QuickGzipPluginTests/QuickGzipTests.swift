import BrokerPluginAPI
import BrokerPluginTesting
import QuickGzipPlugin
import Testing

@Suite struct QuickGzipTests {
    /// What Python's gzip module makes of the text behind it.
    private static let known = (
        compressed: ByteBuffer(bytes: [
            31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 43, 41, 207, 87, 40, 200, 172, 170, 74, 44, 6, 0, 224, 167, 146, 57, 10,
            0,
            0, 0,
        ]), plain: ByteBuffer(string: "two pizzas")
    )

    private func codec(_ strategy: QuickGzipCodec.Strategy) -> QuickGzipCodec {
        var configuration = QuickGzipCodec.Configuration()
        configuration.strategy = strategy
        return QuickGzipCodec(configuration)
    }

    @Test(arguments: QuickGzipCodec.Strategy.allCases) func `it is a codec`(strategy: QuickGzipCodec.Strategy) {
        #expect(CodecExam(known: [Self.known]) { codec(strategy) }.violations == [])
    }

    @Test func `members stand one behind the other`() throws {
        var two = ByteBuffer()
        for text in ["one ", "two"] {
            try codec(.huffman).compress(ByteBuffer(string: text), level: 1, into: &two)
        }
        var plain = ByteBuffer()
        try codec(.standard).decompress(two, limit: 100, into: &plain)
        #expect(String(buffer: plain) == "one two")
    }
}
