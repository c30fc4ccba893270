/// The fixed part of a record batch of format v2, field by field.
///
/// Base offset and partition leader epoch lie before the bytes that the checksum covers, so a broker may set them
/// without computing it anew.
public struct RecordBatchHeader: Hashable, Sendable {
    /// The size of the header in bytes; a batch is at least this long.
    public static let byteCount = 61
    /// The bytes before those that `batchLength` counts: base offset and the length itself.
    public static let overhead = 12
    /// The only record format that is written.
    public static let magic: Int8 = 2

    /// Where each field begins.
    public enum Position {
        public static let baseOffset = 0
        public static let batchLength = 8
        public static let partitionLeaderEpoch = 12
        public static let magic = 16
        public static let checksum = 17
        /// Also where the bytes begin that the checksum covers.
        public static let attributes = 21
        public static let lastOffsetDelta = 23
        public static let baseTimestamp = 27
        public static let maxTimestamp = 35
        public static let producerID = 43
        public static let producerEpoch = 51
        public static let baseSequence = 53
        public static let recordCount = 57
        public static let records = 61
    }

    public var baseOffset: Offset
    /// The bytes after this field, so the whole batch less 12.
    public var batchLength: Int32
    public var partitionLeaderEpoch: LeaderEpoch
    public var magic: Int8
    /// CRC-32C of everything from the attributes to the end.
    public var checksum: UInt32
    public var attributes: BatchAttributes
    public var lastOffsetDelta: Int32
    /// The timestamp the records' deltas count from, or the delete horizon if the attributes say so.
    public var baseTimestamp: Timestamp
    public var maxTimestamp: Timestamp
    public var producerID: ProducerID
    public var producerEpoch: ProducerEpoch
    public var baseSequence: Int32
    public var recordCount: Int32

    public init(
        baseOffset: Offset, batchLength: Int32, partitionLeaderEpoch: LeaderEpoch = -1, magic: Int8 = Self.magic,
        checksum: UInt32 = 0, attributes: BatchAttributes = [], lastOffsetDelta: Int32, baseTimestamp: Timestamp,
        maxTimestamp: Timestamp, producerID: ProducerID = -1, producerEpoch: ProducerEpoch = -1,
        baseSequence: Int32 = -1, recordCount: Int32
    ) {
        self.baseOffset = baseOffset
        self.batchLength = batchLength
        self.partitionLeaderEpoch = partitionLeaderEpoch
        self.magic = magic
        self.checksum = checksum
        self.attributes = attributes
        self.lastOffsetDelta = lastOffsetDelta
        self.baseTimestamp = baseTimestamp
        self.maxTimestamp = maxTimestamp
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.baseSequence = baseSequence
        self.recordCount = recordCount
    }

    /// Reads the header at the start of `bytes`; nil if there are fewer than 61. Judges nothing.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.byteCount else { return nil }
        baseOffset = bytes.bigEndian(at: Position.baseOffset)
        batchLength = bytes.bigEndian(at: Position.batchLength)
        partitionLeaderEpoch = bytes.bigEndian(at: Position.partitionLeaderEpoch)
        magic = bytes.bigEndian(at: Position.magic)
        checksum = bytes.bigEndian(at: Position.checksum)
        attributes = BatchAttributes(rawValue: bytes.bigEndian(at: Position.attributes))
        lastOffsetDelta = bytes.bigEndian(at: Position.lastOffsetDelta)
        baseTimestamp = bytes.bigEndian(at: Position.baseTimestamp)
        maxTimestamp = bytes.bigEndian(at: Position.maxTimestamp)
        producerID = bytes.bigEndian(at: Position.producerID)
        producerEpoch = bytes.bigEndian(at: Position.producerEpoch)
        baseSequence = bytes.bigEndian(at: Position.baseSequence)
        recordCount = bytes.bigEndian(at: Position.recordCount)
    }

    /// Writes the header over the first 61 bytes.
    ///
    /// - Precondition: `bytes` holds at least 61.
    public func write(to bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count >= Self.byteCount, "a batch header takes 61 bytes")
        bytes.storeBigEndian(baseOffset, at: Position.baseOffset)
        bytes.storeBigEndian(batchLength, at: Position.batchLength)
        bytes.storeBigEndian(partitionLeaderEpoch, at: Position.partitionLeaderEpoch)
        bytes.storeBigEndian(magic, at: Position.magic)
        bytes.storeBigEndian(checksum, at: Position.checksum)
        bytes.storeBigEndian(attributes.rawValue, at: Position.attributes)
        bytes.storeBigEndian(lastOffsetDelta, at: Position.lastOffsetDelta)
        bytes.storeBigEndian(baseTimestamp, at: Position.baseTimestamp)
        bytes.storeBigEndian(maxTimestamp, at: Position.maxTimestamp)
        bytes.storeBigEndian(producerID, at: Position.producerID)
        bytes.storeBigEndian(producerEpoch, at: Position.producerEpoch)
        bytes.storeBigEndian(baseSequence, at: Position.baseSequence)
        bytes.storeBigEndian(recordCount, at: Position.recordCount)
    }

    /// The size of the whole batch in bytes, as its length field has it.
    public var totalByteCount: Int { Int(batchLength) + Self.overhead }
    /// The offset of the last record, whether it is still in the batch or was cleaned away.
    public var lastOffset: Offset { baseOffset &+ Offset(lastOffsetDelta) }
    /// The offset after the batch.
    public var nextOffset: Offset { lastOffset &+ 1 }
    /// The sequence number of the last record; −1 without one. Sequence numbers wrap to 0 after 2³¹−1.
    public var lastSequence: Int32 {
        baseSequence < 0 ? baseSequence : Self.sequence(baseSequence, advancedBy: lastOffsetDelta)
    }
    /// Whether an idempotent producer wrote the batch.
    public var hasProducerID: Bool { producerID >= 0 }

    /// `sequence` + `count` in the ring 0…2³¹−1.
    public static func sequence(_ sequence: Int32, advancedBy count: Int32) -> Int32 {
        Int32(truncatingIfNeeded: (Int64(sequence) + Int64(count)) & 0x7FFF_FFFF)
    }
}

/// The 16 attribute bits of a batch.
public struct BatchAttributes: OptionSet, Hashable, Sendable {
    public let rawValue: Int16

    public init(rawValue: Int16) { self.rawValue = rawValue }

    public static let logAppendTime = BatchAttributes(rawValue: 1 << 3)
    public static let transactional = BatchAttributes(rawValue: 1 << 4)
    public static let control = BatchAttributes(rawValue: 1 << 5)
    public static let deleteHorizon = BatchAttributes(rawValue: 1 << 6)

    public init(compression: CompressionType, timestampType: TimestampType = .createTime) {
        self.init(rawValue: Int16(compression.rawValue) | Int16(timestampType.rawValue) << 3)
    }

    /// Bits 0–2.
    public var compression: CompressionType {
        // Every number of three bits is a type.
        CompressionType(rawValue: UInt8(rawValue & 7)) ?? .none
    }
    public var timestampType: TimestampType { contains(.logAppendTime) ? .logAppendTime : .createTime }

    public func with(compression: CompressionType) -> BatchAttributes {
        BatchAttributes(rawValue: rawValue & ~7 | Int16(compression.rawValue))
    }
}
