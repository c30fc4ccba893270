import NIOCore

/// MurmurHash2, 32 bits, with the seed of Kafka's Java client.
public enum Murmur2 {
    private static let seed: UInt32 = 0x9747_b28c
    private static let multiplier: UInt32 = 0x5bd1_e995

    /// The hash of `bytes`.
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        var hash = seed ^ UInt32(truncatingIfNeeded: bytes.count)
        var position = 0
        while bytes.count - position >= 4 {
            var word = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            word = word &* multiplier
            word ^= word &>> 24
            hash = hash &* multiplier ^ word &* multiplier
            position += 4
        }
        // Up to three bytes are left; the last shifts highest.
        let rest = bytes.count - position
        if rest > 0 {
            for index in (0..<rest).reversed() { hash ^= UInt32(bytes[position + index]) &<< UInt32(8 * index) }
            hash = hash &* multiplier
        }
        hash ^= hash &>> 13
        hash = hash &* multiplier
        hash ^= hash &>> 15
        return Int32(bitPattern: hash)
    }
}
