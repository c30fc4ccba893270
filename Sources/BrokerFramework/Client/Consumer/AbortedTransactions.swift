import BrokerModel

/// Tells which batches of a fetch belong to transactions that were aborted.
///
/// The broker names each such transaction by producer and first offset; it ends with the producer's abort marker.
struct AbortedTransactions: Sendable {
    /// By first offset, latest first.
    private var upcoming: [(producerID: ProducerID, firstOffset: Offset)]
    private var open: Set<ProducerID> = []

    init(_ transactions: [(producerID: ProducerID, firstOffset: Offset)]) {
        upcoming = transactions.sorted { $0.firstOffset > $1.firstOffset }
    }

    /// Whether the batch is not to be seen. Batches must be asked about in the order of their offsets.
    mutating func hides(_ header: RecordBatchHeader) -> Bool {
        while let next = upcoming.last, next.firstOffset <= header.lastOffset {
            open.insert(next.producerID)
            upcoming.removeLast()
        }
        return header.attributes.contains(.transactional) && open.contains(header.producerID)
    }

    /// Notes a control batch's marker.
    mutating func ended(by producerID: ProducerID, _ marker: EndTransactionMarker) {
        if !marker.commits { open.remove(producerID) }
    }
}
