/// What is wrong with a record batch.
///
/// The cases follow the order in which a batch is examined; positions are bytes from the batch's start.
public enum RecordBatchError: Error, Hashable, Sendable {
    /// Fewer bytes than the header or than the batch says it has.
    case truncated(needed: Int, available: Int)
    /// The length field is below what a header takes.
    case badLength(Int32)
    /// A record format other than v2.
    case unsupportedMagic(Int8)
    case checksumMismatch(stored: UInt32, computed: UInt32)
    /// The payload does not decompress, or not within the limit; the text says why.
    case undecompressible(String)
    case badLastOffsetDelta(Int32)
    /// The header's count is negative, or not the number of records.
    case badRecordCount(Int32)
    /// The count of a batch that a client made must be the last offset delta + 1.
    case countDoesNotMatchOffsets(count: Int32, lastOffsetDelta: Int32)
    /// A record does not parse.
    case badRecord(index: Int, reason: Reason)
    /// Bytes are left after the last record.
    case trailingBytes(Int)

    /// What is wrong with a record.
    public enum Reason: String, Hashable, Sendable {
        case length = "its length goes beyond the batch"
        case attributes = "it ends before its attributes"
        case timestampDelta = "its timestamp delta does not parse"
        case offsetDelta = "its offset delta does not parse, or is not its place in the batch"
        case key = "its key's length is wrong"
        case value = "its value's length is wrong"
        case headerCount = "its number of headers is wrong"
        case header = "a header of it is wrong, or has no key"
        case trailing = "bytes are left after its headers"
    }
}

extension RecordBatchError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let needed, let available):
            "the batch is cut off: it needs \(needed) bytes, there are \(available)"
        case .badLength(let length): "the batch's length field is \(length), less than a header takes"
        case .unsupportedMagic(let magic): "the batch has record format \(magic); only format 2 is supported"
        case .checksumMismatch(let stored, let computed):
            "the batch's checksum is \(stored), its bytes give \(computed)"
        case .undecompressible(let reason): "the batch's records do not decompress: \(reason)"
        case .badLastOffsetDelta(let delta): "the batch's last offset delta is \(delta)"
        case .badRecordCount(let count): "the batch's record count \(count) is not the number of its records"
        case .countDoesNotMatchOffsets(let count, let delta):
            "the batch counts \(count) records, but its last offset delta is \(delta)"
        case .badRecord(let index, let reason): "record \(index) of the batch is malformed: \(reason.rawValue)"
        case .trailingBytes(let count): "\(count) bytes are left after the batch's last record"
        }
    }
}
