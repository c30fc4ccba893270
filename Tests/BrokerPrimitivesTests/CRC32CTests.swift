import BrokerPrimitives
import Testing

@Suite struct `CRC-32C` {
    private static func checksum(_ bytes: [UInt8], by method: CRC32C.Method, seed: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { CRC32C.checksum($0, seed: seed, by: method) }
    }

    /// RFC 3720 appendix B.4, and the check value that catalogues of CRCs list.
    @Test(arguments: CRC32C.Method.allCases)
    func `gives the published checksums`(method: CRC32C.Method) {
        #expect(Self.checksum([UInt8](repeating: 0, count: 32), by: method) == 0x8A91_36AA)
        #expect(Self.checksum([UInt8](repeating: 0xFF, count: 32), by: method) == 0x62A8_AB43)
        #expect(Self.checksum([UInt8](0..<32), by: method) == 0x46DD_794E)
        #expect(Self.checksum([UInt8]((0..<32).reversed()), by: method) == 0x113F_DB5C)
        #expect(Self.checksum(Array("123456789".utf8), by: method) == 0xE306_9283)
        #expect(Self.checksum([], by: method) == 0)
    }

    @Test(arguments: CRC32C.Method.allCases)
    func `agrees with the definition for every length`(method: CRC32C.Method) {
        let bytes = noise(9000)
        var slow: UInt32 = ~0
        bytes.withUnsafeBytes { raw in
            for length in 0...bytes.count {
                let fast = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[..<length]), by: method)
                if fast != ~slow {
                    Issue.record("\(length) bytes")
                    return
                }
                if length < bytes.count { slow = step(slow, bytes[length]) }
            }
        }
    }

    @Test(arguments: CRC32C.Method.allCases)
    func `does not depend on where the bytes lie`(method: CRC32C.Method) {
        let bytes = noise(7000)
        for length in [0, 1, 7, 8, 63, 255, 768, 769, 6143, 6144, 6200] {
            let expected = Self.checksum(Array(bytes[..<length]), by: .table)
            for shift in 0..<16 {
                let shifted = [UInt8](repeating: 0xAA, count: shift) + bytes[..<length]
                shifted.withUnsafeBytes { raw in
                    let checksum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[shift...]), by: method)
                    #expect(checksum == expected, "\(length) bytes, \(shift) off")
                }
            }
        }
    }

    @Test(arguments: CRC32C.Method.allCases)
    func `goes on from a checksum of what came before`(method: CRC32C.Method) {
        let bytes = noise(8000)
        let whole = Self.checksum(bytes, by: method)
        for cut in [0, 1, 100, 2048, 6144, 7999, 8000] {
            let first = Self.checksum(Array(bytes[..<cut]), by: method)
            #expect(Self.checksum(Array(bytes[cut...]), by: method, seed: first) == whole)
        }
    }

    @Test func `takes the fastest method by itself`() {
        let bytes = noise(1000)
        let checksum = bytes.withUnsafeBytes { CRC32C.checksum($0) }
        #expect(checksum == Self.checksum(bytes, by: CRC32C.method))
    }

    private func noise(_ count: Int) -> [UInt8] {
        var state: UInt32 = 1
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }

    /// One byte through the shift register, bit by bit.
    private func step(_ register: UInt32, _ byte: UInt8) -> UInt32 {
        var register = register ^ UInt32(byte)
        for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0x82F6_3B78 : 0) }
        return register
    }
}
