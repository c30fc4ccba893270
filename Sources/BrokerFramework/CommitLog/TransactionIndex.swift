package import BrokerModel
package import NIOCore

/// A transaction that was aborted in a segment; the entry stands in the segment of its marker.
package struct AbortedTransaction: Hashable, Sendable {
    package var producerID: ProducerID
    package var firstOffset: Offset
    /// The offset of the abort marker.
    package var lastOffset: Offset
    /// Below this offset nothing was undecided once the marker was written.
    package var lastStableOffset: Offset

    package init(producerID: ProducerID, firstOffset: Offset, lastOffset: Offset, lastStableOffset: Offset) {
        self.producerID = producerID
        self.firstOffset = firstOffset
        self.lastOffset = lastOffset
        self.lastStableOffset = lastStableOffset
    }
}

/// The file `NNN.txnindex`: aborted transactions in the order of their markers.
package enum TransactionIndex {
    package static let entryByteCount = 34

    /// Reads a file's content; nil if it is no such index.
    package static func decode(_ bytes: ByteBuffer) -> [AbortedTransaction]? {
        guard bytes.readableBytes % entryByteCount == 0 else { return nil }
        var bytes = bytes
        var all: [AbortedTransaction] = []
        all.reserveCapacity(bytes.readableBytes / entryByteCount)
        while let (version, producer, first, last, stable) = bytes.readMultipleIntegers(
            as: (Int16, Int64, Int64, Int64, Int64).self)
        {
            guard version == 0, first <= last, all.last.map({ $0.lastOffset < last }) ?? true else { return nil }
            all.append(
                AbortedTransaction(
                    producerID: producer, firstOffset: first, lastOffset: last, lastStableOffset: stable))
        }
        return all
    }

    /// The file's content.
    package static func encode(_ transactions: [AbortedTransaction]) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: transactions.count * entryByteCount)
        for transaction in transactions {
            bytes.writeMultipleIntegers(
                Int16(0), transaction.producerID, transaction.firstOffset, transaction.lastOffset,
                transaction.lastStableOffset)
        }
        return bytes
    }
}
