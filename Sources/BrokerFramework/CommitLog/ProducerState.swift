package import BrokerModel

/// What a partition remembers of one idempotent producer.
package struct ProducerState: Hashable, Sendable {
    /// A batch that was appended.
    package struct Batch: Hashable, Sendable {
        package var lastSequence: Int32
        package var lastOffset: Offset
        package var offsetDelta: Int32
        package var timestamp: Timestamp

        package var firstSequence: Int32 { RecordBatchHeader.sequence(lastSequence, advancedBy: -offsetDelta) }
        package var firstOffset: Offset { lastOffset &- Offset(offsetDelta) }
    }

    package let producerID: ProducerID
    package var epoch: ProducerEpoch
    /// The last batches of this epoch: the ones that a repeat is recognised by.
    package var batches = BatchWindow()
    /// Of the coordinator that last ended a transaction of this producer; −1 if none did.
    package var coordinatorEpoch: Int32
    package var lastTimestamp: Timestamp
    /// Where the open transaction begins in this partition.
    package var transactionStart: Offset?

    /// A producer of which nothing is known.
    package init(producerID: ProducerID) {
        self.producerID = producerID
        epoch = -1
        coordinatorEpoch = -1
        lastTimestamp = -1
    }

    package var lastSequence: Int32 { batches.last?.lastSequence ?? -1 }
    package var lastOffset: Offset { batches.last?.lastOffset ?? -1 }

    /// The batch of this header, if it is among the last ones.
    func duplicate(of header: RecordBatchHeader) -> Batch? {
        guard header.producerEpoch == epoch else { return nil }
        let lastSequence = header.lastSequence
        return batches.first { $0.lastSequence == lastSequence && $0.firstSequence == header.baseSequence }
    }

    /// Moves to another epoch, whose sequence numbers begin anew.
    mutating func enter(_ newEpoch: ProducerEpoch) {
        guard newEpoch != epoch else { return }
        epoch = newEpoch
        batches = BatchWindow()
    }

    mutating func append(_ header: RecordBatchHeader, timestamp: Timestamp) {
        enter(header.producerEpoch)
        batches.append(
            Batch(
                lastSequence: header.lastSequence, lastOffset: header.lastOffset, offsetDelta: header.lastOffsetDelta,
                timestamp: timestamp))
        lastTimestamp = timestamp
    }
}

/// Up to five batches, oldest first, without memory of their own.
package struct BatchWindow: Hashable, Sendable {
    package static let capacity = 5

    private var slots: (Slot, Slot, Slot, Slot, Slot) {
        get { (slot0, slot1, slot2, slot3, slot4) }
        set { (slot0, slot1, slot2, slot3, slot4) = newValue }
    }
    private typealias Slot = ProducerState.Batch?
    private var slot0: ProducerState.Batch?
    private var slot1: ProducerState.Batch?
    private var slot2: ProducerState.Batch?
    private var slot3: ProducerState.Batch?
    private var slot4: ProducerState.Batch?

    package init() {}

    /// The newest.
    package var last: ProducerState.Batch? { slot4 }

    mutating func append(_ batch: ProducerState.Batch) {
        slots = (slot1, slot2, slot3, slot4, batch)
    }

    func first(where matches: (ProducerState.Batch) -> Bool) -> ProducerState.Batch? {
        if let slot4, matches(slot4) { return slot4 }
        if let slot3, matches(slot3) { return slot3 }
        if let slot2, matches(slot2) { return slot2 }
        if let slot1, matches(slot1) { return slot1 }
        if let slot0, matches(slot0) { return slot0 }
        return nil
    }
}
