internal import CBrokerCRC32C

/// CRC-32C (Castagnoli), the checksum of record batches and producer snapshots.
///
/// Uses the processor's instruction where there is one (SSE4.2, ARMv8), chosen once at run time.
/// Source: RFC 3720 appendix B.4. Safe on any thread.
public enum CRC32C {
    /// A way to compute the checksum.
    public enum Method: UInt32, Sendable, CaseIterable {
        case table = 0
        case sse42 = 1
        case armv8 = 2
    }

    /// The method used on this machine.
    public static var method: Method { Method(rawValue: UInt32(broker_crc32c_best().rawValue)) ?? .table }

    /// The checksum of `bytes`, continuing from `seed` (0 to begin).
    public static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
        broker_crc32c(seed, bytes.baseAddress, bytes.count)
    }

    /// The same by a given method, or by the table where the processor lacks it.
    public static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0, by method: Method) -> UInt32 {
        broker_crc32c_by(broker_crc32c_method(rawValue: method.rawValue), seed, bytes.baseAddress, bytes.count)
    }
}
