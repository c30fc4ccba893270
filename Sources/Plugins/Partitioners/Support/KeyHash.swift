public import BrokerModel
public import BrokerPluginAPI
public import NIOCore

/// How a key becomes a partition.
public enum KeyHash: String, CaseIterable, ConfigKeyValue {
    /// What Kafka's Java client does: MurmurHash2 without its sign bit.
    case murmur2
    /// What librdkafka's `consistent` does: CRC-32.
    case crc32
    /// What librdkafka's `fnv1a` and Sarama do: FNV-1a of 32 bits, without its sign.
    case fnv1a

    /// The partition of `key` among `count`, at least one.
    public func partition(of key: ByteBuffer, among count: PartitionIndex) -> PartitionIndex {
        let count = UInt32(max(count, 1))
        let hash = key.withUnsafeReadableBytes { bytes in
            switch self {
            case .murmur2: UInt32(Murmur2.hash(bytes) & .max)
            case .crc32: CRC32.checksum(bytes)
            case .fnv1a: Int32(bitPattern: FNV1a.hash(bytes)).magnitude
            }
        }
        return PartitionIndex(hash % count)
    }
}

/// The checksum of IEEE 802.3, as in zlib and gzip.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xedb8_8320 }
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        ~bytes.reduce(UInt32.max) { sum, byte in sum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] }
    }
}

/// The hash of Fowler, Noll and Vo, 32 bits.
enum FNV1a {
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        bytes.reduce(0x811c_9dc5) { hash, byte in (hash ^ UInt32(byte)) &* 0x0100_0193 }
    }
}
