import NIOCore

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

extension ByteBuffer {
    /// The bytes that `hex` spells, two digits each.
    init(hex: String) {
        let digits = hex.utf8.map { UInt8($0 > 96 ? $0 - 87 : $0 - 48) }
        self.init(bytes: stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }

    var hex: String {
        let digits = Array("0123456789abcdef")
        return String(readableBytesView.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// A copy with `byte` at `position`.
    func replacing(at position: Int, with byte: UInt8) -> ByteBuffer {
        var copy = self
        copy.setInteger(byte, at: copy.readerIndex + position)
        return copy
    }
}
