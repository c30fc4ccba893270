internal import BrokerModel

/// What the batches of one append do to the producers they name: checked before they are written, taken over after.
struct ProducerAppend {
    private struct Change {
        var producer: ProducerState
        var ended: ProducerStateTable.EndedTransaction?
    }

    private var changes: [Change] = []

    /// The transactions that ended in this append.
    var endedTransactions: [ProducerStateTable.EndedTransaction] { changes.compactMap(\.ended) }

    /// Takes the changes over. Returns the transactions that were aborted, for the transaction index.
    func commit(to table: inout ProducerStateTable) -> [AbortedTransaction] {
        var aborted: [AbortedTransaction] = []
        for change in changes {
            if let ended = change.ended, ended.isAborted {
                aborted.append(
                    AbortedTransaction(
                        producerID: ended.producerID, firstOffset: ended.firstOffset, lastOffset: ended.lastOffset,
                        lastStableOffset: table.lastStableOffset(after: ended)))
            }
            table.commit(change.producer, ended: change.ended)
        }
        return aborted
    }

    /// What a producer is held to.
    enum Strictness: Int, Comparable {
        /// Nothing: replicas take what comes.
        case none
        /// Its epoch; coordinators number their batches themselves.
        case epoch
        /// Its epoch and its sequence.
        case sequence

        static func < (left: Strictness, right: Strictness) -> Bool { left.rawValue < right.rawValue }
    }

    /// Adds a batch of records whose header carries its final offsets.
    mutating func add(
        _ header: RecordBatchHeader, timestamp: Timestamp, strictness: Strictness, in table: ProducerStateTable
    ) throws(LogError) {
        let known = current(header.producerID, in: table)
        var producer = known
        if strictness >= .epoch { try checkEpoch(header, against: known) }
        if strictness >= .sequence { try checkSequence(header, against: known, in: table) }
        let isTransactional = header.attributes.contains(.transactional)
        if producer.transactionStart != nil && !isTransactional && strictness > .none {
            throw .invalidTransactionState(header.producerID)
        }
        producer.append(header, timestamp: timestamp)
        if isTransactional && producer.transactionStart == nil { producer.transactionStart = header.baseOffset }
        changes.append(Change(producer: producer, ended: nil))
    }

    /// Adds a marker that ends a transaction.
    mutating func add(
        _ marker: EndTransactionMarker, header: RecordBatchHeader, strictness: Strictness,
        in table: ProducerStateTable
    ) throws(LogError) {
        var producer = current(header.producerID, in: table)
        if strictness >= .epoch {
            try checkEpoch(header, against: producer)
            guard marker.coordinatorEpoch >= producer.coordinatorEpoch else {
                throw .coordinatorFenced(
                    header.producerID, current: producer.coordinatorEpoch, got: marker.coordinatorEpoch)
            }
        }
        producer.enter(header.producerEpoch)
        var ended: ProducerStateTable.EndedTransaction?
        if let start = producer.transactionStart {
            ended = ProducerStateTable.EndedTransaction(
                producerID: header.producerID, firstOffset: start, lastOffset: header.lastOffset,
                isAborted: !marker.commits)
        }
        producer.transactionStart = nil
        producer.coordinatorEpoch = marker.coordinatorEpoch
        producer.lastTimestamp = header.maxTimestamp
        changes.append(Change(producer: producer, ended: ended))
    }

    private func current(_ id: ProducerID, in table: ProducerStateTable) -> ProducerState {
        changes.last { $0.producer.producerID == id }?.producer ?? table[id] ?? ProducerState(producerID: id)
    }

    private func checkEpoch(_ header: RecordBatchHeader, against known: ProducerState) throws(LogError) {
        guard header.producerEpoch >= known.epoch else {
            throw .invalidProducerEpoch(header.producerID, current: known.epoch, got: header.producerEpoch)
        }
    }

    private func checkSequence(
        _ header: RecordBatchHeader, against known: ProducerState, in table: ProducerStateTable
    ) throws(LogError) {
        let got = header.baseSequence
        if let lowest = table.lowestUnverifiedSequence(header.producerID), got > lowest {
            throw .outOfOrderSequence(header.producerID, expected: lowest, got: got)
        }
        // Nothing is known of the producer, or everything was forgotten: it goes on from where it is (KIP-360).
        if known.epoch < 0 { return }
        let isNewEpoch = header.producerEpoch != known.epoch
        let expected = isNewEpoch ? 0 : RecordBatchHeader.sequence(known.lastSequence, advancedBy: 1)
        guard got == expected else { throw .outOfOrderSequence(header.producerID, expected: expected, got: got) }
    }
}
