internal import NIOCore

/// 128 bits that stand for a key: two keys with the same ones will not be met.
struct KeyDigest: Hashable {
    private let high: Int
    private let low: Int

    init(_ key: ByteBuffer) {
        (high, low) = key.withUnsafeReadableBytes { bytes in (Self.hash(bytes, 1), Self.hash(bytes, 2)) }
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer, _ salt: UInt8) -> Int {
        var hasher = Hasher()
        hasher.combine(salt)
        hasher.combine(bytes: bytes)
        return hasher.finalize()
    }
}
