import NIOCore
import Testing

@testable import Partitioners

@Suite struct Murmur2Tests {
    /// Known answers of Kafka's Java client.
    static let known: [(String, Int32)] = [
        ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ]

    @Test(arguments: known)
    func `hashes are those of the Java client`(text: String, hash: Int32) {
        #expect(ByteBuffer(string: text).withUnsafeReadableBytes { Murmur2.hash($0) } == hash)
    }

    @Test func `the hash of bytes does not depend on where they lie`() {
        for text in Self.known.map(\.0) {
            for shift in 0..<4 {
                var buffer = ByteBuffer(repeating: 0, count: shift)
                buffer.writeString(text)
                buffer.moveReaderIndex(forwardBy: shift)
                #expect(
                    buffer.withUnsafeReadableBytes { Murmur2.hash($0) }
                        == ByteBuffer(string: text).withUnsafeReadableBytes { Murmur2.hash($0) })
            }
        }
    }
}
