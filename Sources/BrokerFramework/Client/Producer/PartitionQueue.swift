import BrokerModel
import BrokerPrimitives
import NIOCore

/// The batches of one partition, and the rules that keep them in order and single.
///
/// A batch gets its sequence numbers when it is sent first and keeps them, so that the broker knows it again. When one
/// fails, nothing is sent until everything in flight is answered; then what failed is sent again, oldest first, one at
/// a time. If a batch that had sequence numbers is given up, the numbers after it may not fit any more. Those that were
/// sent stay all the same until the broker refuses them: their batches may be in the log, and are known again by these
/// numbers only. Once none is left, or refused, the partition goes on in a new producer epoch, counted from 0
/// (KIP-360's way for producers without transactions; a broker keeps producers per partition, so the epoch can rise in
/// one alone).
///
/// Two rules of the broker bound what may be in flight. It knows the last five batches again, so no batch is sent more
/// than four after the oldest one that is not settled, whether or not those between them are. And it takes any number
/// from a producer it does not know, so the first batch of an epoch goes alone.
struct PartitionQueue<Waiter: Sendable>: Sendable {
    enum Attempt: Hashable, Sendable {
        case inFlight(request: Int)
        case failed
    }

    /// The broker remembers so many batches of a producer.
    private static var rememberedCount: Int { 5 }

    let partition: TopicPartition
    /// Nil while unknown.
    var leader: NodeID?
    /// Full, and not sent yet.
    private var waiting: CircularBuffer<PendingBatch<Waiter>> = []
    /// Takes records. Not an element of `waiting`, whose elements are not changed in place.
    private var open: PendingBatch<Waiter>?
    /// Sent at least once, oldest first.
    private(set) var unacknowledged: [(batch: PendingBatch<Waiter>, attempt: Attempt)] = []
    private(set) var identity: ProducerIdentity?
    private(set) var nextSequence: Int32 = 0
    private var nextOrdinal = 0
    /// Whether the broker has taken a batch of this epoch.
    private var isEstablished = false
    /// Set when the broker has refused the numbers.
    private var isRefused = false
    /// The ordinal of the last batch that was given up, while nothing shows whether the broker has its numbers.
    private var gap: Int?
    /// Nothing is sent before.
    private(set) var retryAt: Int64 = .min
    /// Why the last batch was not taken that is to be sent again; nil once one was taken.
    private(set) var trouble: ClientError?

    init(partition: TopicPartition, leader: NodeID?) {
        self.partition = partition
        self.leader = leader
    }

    var isEmpty: Bool { open == nil && waiting.isEmpty && unacknowledged.isEmpty }
    /// The id of the oldest batch.
    var oldestID: Int? { unacknowledged.first?.batch.id ?? waiting.first?.id ?? open?.id }
    private var isRecovering: Bool { unacknowledged.contains { $0.attempt == .failed } }
    private var hasInFlight: Bool { unacknowledged.contains { $0.attempt != .failed } }

    // MARK: Gathering

    /// Adds a record to the open batch or a new one. Answers whether there is now something to look at: a new batch,
    /// or a full one.
    mutating func append(
        _ record: ProducerRecord, timestamp: Timestamp, waiter: Waiter, reserved: Int, now: Int64, batchLimit: Int,
        nextID: inout Int
    ) -> Bool {
        var isNews = false
        if let open, open.builder.byteCount + reserved > batchLimit || open.builder.recordCount == .max { close() }
        if open == nil {
            open = PendingBatch(id: nextID, partition: partition, createdAt: now, builder: RecordBatchBuilder())
            nextID += 1
            isNews = true
        }
        open?.builder.append(timestamp: timestamp, key: record.key, value: record.value, headers: record.headers)
        open?.records.append((waiter, timestamp))
        open?.reservedByteCount += reserved
        if open.map({ $0.builder.byteCount >= batchLimit }) ?? false {
            close()
            isNews = true
        }
        return isNews
    }

    private mutating func close() {
        if let batch = open { waiting.append(batch) }
        open = nil
    }

    // MARK: Sending

    /// When the next batch may be sent; nil if that waits for an answer, or there is none.
    ///
    /// - Parameter flushMark: batches with a lower id do not wait for more records.
    func readyAt(linger: Int64, flushMark: Int) -> Int64? {
        if isRecovering { return hasInFlight ? nil : retryAt }
        guard maySendNew else { return nil }
        if !waiting.isEmpty { return retryAt }
        guard let open else { return nil }
        return open.id < flushMark ? retryAt : max(retryAt, open.createdAt.later(by: linger))
    }

    /// Whether a new batch may follow those in flight.
    private var maySendNew: Bool {
        guard let oldest = unacknowledged.first?.batch else { return true }
        if identity != nil, isRefused || gap != nil || !isEstablished { return false }
        return nextOrdinal - oldest.ordinal < Self.rememberedCount
    }

    /// Whether a producer id has to be there before the next batch can be sent.
    var lacksIdentity: Bool { identity == nil || needsNewEpoch && identity?.epoch == .max }

    /// Whether the next batch begins an epoch.
    private var needsNewEpoch: Bool { isRefused || gap != nil && unacknowledged.isEmpty }

    /// The size of the next batch.
    var nextByteCount: Int {
        (unacknowledged.first { $0.attempt == .failed }?.batch ?? waiting.first ?? open)?.builder.byteCount ?? 0
    }

    /// Takes the next batch and marks it as in flight.
    ///
    /// - Parameter fresh: the producer's identity, for a partition that has none or has used up its epochs; nil for a
    ///   producer without sequence numbers.
    /// - Precondition: `readyAt` has come, and `fresh` is given if the queue lacks an identity.
    mutating func take(request: Int, fresh: ProducerIdentity?) -> PendingBatch<Waiter>? {
        if fresh != nil || identity != nil { settleIdentity(fresh) }
        if let index = unacknowledged.firstIndex(where: { $0.attempt == .failed }) {
            unacknowledged[index].attempt = .inFlight(request: request)
            unacknowledged[index].batch.attempts += 1
            return unacknowledged[index].batch
        }
        if waiting.isEmpty { close() }
        guard var batch = waiting.popFirst() else { return nil }
        batch.attempts = 1
        number(&batch)
        unacknowledged.append((batch, .inFlight(request: request)))
        return batch
    }

    private mutating func settleIdentity(_ fresh: ProducerIdentity?) {
        if var current = identity {
            guard needsNewEpoch else { return }
            if current.epoch == .max, let fresh {
                current = fresh
            } else {
                current.epoch &+= 1
            }
            identity = current
        } else {
            identity = fresh
        }
        isRefused = false
        gap = nil
        isEstablished = false
        nextSequence = 0
        // Nothing is in flight, so all of these are to be sent again, under the new numbers.
        for index in unacknowledged.indices {
            var batch = unacknowledged[index].batch
            number(&batch)
            unacknowledged[index].batch = batch
        }
    }

    private mutating func number(_ batch: inout PendingBatch<Waiter>) {
        batch.ordinal = nextOrdinal
        nextOrdinal += 1
        guard let identity else { return }
        batch.builder.producerID = identity.id
        batch.builder.producerEpoch = identity.epoch
        batch.builder.baseSequence = nextSequence
        nextSequence = RecordBatchHeader.sequence(nextSequence, advancedBy: batch.builder.recordCount)
    }

    // MARK: Answers

    /// What becomes of a batch after its answer.
    enum Verdict {
        case over(BatchDelivery<Waiter>)
        /// It will be sent again.
        case again
        /// The request is not one of this queue's.
        case unknown
    }

    /// Takes in the answer for the batch that went with `request`.
    mutating func complete(
        request: Int, _ outcome: BatchOutcome, now: Int64, backoff: (Int) -> Int64
    ) -> Verdict {
        guard let index = unacknowledged.firstIndex(where: { $0.attempt == .inFlight(request: request) }) else {
            return .unknown
        }
        guard case .failed(let error) = outcome else {
            settled(index)
            return over(index, outcome)
        }
        if identity != nil {
            switch error.server {
            case .duplicateSequenceNumber:
                // It is in the log; the broker only forgot where.
                settled(index)
                return over(index, .appended(baseOffset: -1, logAppendTime: -1))
            case .outOfOrderSequenceNumber where index > 0:
                // One before it is missing and will be sent again first.
                unacknowledged[index].attempt = .failed
                return .again
            case .outOfOrderSequenceNumber, .unknownProducerId, .invalidProducerEpoch, .invalidProducerIdMapping:
                isRefused = true
                return retry(index, error, now: now, backoff: backoff)
            default: break
            }
        }
        if error.isRetriable { return retry(index, error, now: now, backoff: backoff) }
        leaveGap(after: unacknowledged[index].batch)
        return over(index, outcome)
    }

    /// The broker has the batch, and so everything before it that has numbers.
    private mutating func settled(_ index: Int) {
        isEstablished = true
        trouble = nil
        if let gap, gap < unacknowledged[index].batch.ordinal { self.gap = nil }
    }

    private mutating func leaveGap(after batch: PendingBatch<Waiter>) {
        if identity != nil { gap = max(gap ?? batch.ordinal, batch.ordinal) }
    }

    private mutating func retry(
        _ index: Int, _ error: ClientError, now: Int64, backoff: (Int) -> Int64
    ) -> Verdict {
        trouble = error
        unacknowledged[index].attempt = .failed
        retryAt = max(retryAt, now.later(by: backoff(unacknowledged[index].batch.attempts)))
        return .again
    }

    private mutating func over(_ index: Int, _ outcome: BatchOutcome) -> Verdict {
        let batch = unacknowledged.remove(at: index).batch
        return .over(BatchDelivery(batch: batch, outcome: outcome))
    }

    // MARK: Giving up

    /// Takes out what is older than `timeout` and not in flight.
    mutating func expire(now: Int64, timeout: Int64) -> [PendingBatch<Waiter>] {
        var expired: [PendingBatch<Waiter>] = []
        var index = 0
        while index < unacknowledged.count {
            if unacknowledged[index].attempt == .failed, now &- unacknowledged[index].batch.createdAt >= timeout {
                let batch = unacknowledged.remove(at: index).batch
                expired.append(batch)
                leaveGap(after: batch)
            } else {
                index += 1
            }
        }
        while let first = waiting.first, now &- first.createdAt >= timeout {
            waiting.removeFirst()
            expired.append(first)
        }
        if let batch = open, now &- batch.createdAt >= timeout {
            open = nil
            expired.append(batch)
        }
        return expired
    }

    /// When `expire` would find something next.
    func expiresAt(timeout: Int64) -> Int64? {
        let failed = unacknowledged.lazy.filter { $0.attempt == .failed }.map(\.batch.createdAt).min()
        guard let oldest = [failed, waiting.first?.createdAt, open?.createdAt].compactMap({ $0 }).min() else {
            return nil
        }
        return oldest.later(by: timeout)
    }
}
