/// How a producer gathers and sends records. Durations are in milliseconds, sizes in bytes.
public struct ProducerConfiguration: Sendable {
    /// Who must have a record before it counts as delivered.
    public enum Acknowledgements: Int16, Sendable, Hashable {
        /// Nobody: errors go unseen, and offsets unknown.
        case none = 0
        /// The partition's leader alone.
        case leader = 1
        /// All replicas in sync.
        case all = -1
    }

    public var acknowledgements: Acknowledgements = .all
    /// Whether the broker drops what it gets twice and refuses what comes out of order, so that tries after a failure
    /// neither duplicate nor reorder. Holds only with `acknowledgements == .all`.
    public var isIdempotent = true
    /// How long an unfilled batch waits for more records.
    public var lingerMilliseconds: Int64 = 5
    /// The size at which a batch is sent without waiting, before compression.
    public var batchByteCount = 16_384
    /// The most bytes of batches in one request, before compression; a record that is larger goes alone.
    public var maximumRequestByteCount = 1_048_576
    /// The largest record that is taken, before compression. Whether the broker takes it is for the topic's
    /// `max.message.bytes` to say.
    public var maximumRecordByteCount = 1_048_576
    /// The most memory for records not yet delivered; whoever sends more waits.
    public var bufferByteCount = 32 << 20
    /// The most requests to one broker that are not answered yet, 1–5.
    public var maximumInFlightRequestCount = 5
    /// From handing a record in to giving up on it.
    public var deliveryTimeoutMilliseconds: Int64 = 120_000
    /// How long sending waits for metadata or memory.
    public var maximumBlockMilliseconds: Int64 = 60_000
    /// The codec's level; nil for its default.
    public var compressionLevel: Int?

    public init() {}

    /// What makes no sense, in words; nil if nothing.
    var problem: String? {
        if lingerMilliseconds < 0 { return "the linger time is negative" }
        if batchByteCount < 0 { return "the batch size is negative" }
        if maximumRequestByteCount < 1 { return "the largest request has no room for a record" }
        if maximumRecordByteCount < 1 { return "the largest record has no bytes" }
        if bufferByteCount < 1 { return "there is no buffer memory" }
        if !(1...5).contains(maximumInFlightRequestCount) {
            return "the number of requests in flight is not from 1 to 5"
        }
        if deliveryTimeoutMilliseconds < lingerMilliseconds {
            return "the delivery timeout is shorter than the linger time"
        }
        return nil
    }

    /// Whether sequence numbers are used.
    var usesSequences: Bool { isIdempotent && acknowledgements == .all }
}
