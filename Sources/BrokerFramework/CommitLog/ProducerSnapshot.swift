internal import BrokerModel
internal import BrokerPrimitives
package import NIOCore

/// The file `NNN.snapshot`: the producers of a partition as of offset NNN.
///
/// Of each producer only the last batch is kept, so a repeat of an earlier one is not recognised after a restart.
package enum ProducerSnapshot {
    private static let version: Int16 = 1
    private static let entryByteCount = 8 + 2 + 4 + 8 + 4 + 8 + 4 + 8
    private static let headByteCount = 2 + 4

    package static func encode(_ table: ProducerStateTable) -> ByteBuffer {
        let list = table.list
        var bytes = ByteBufferAllocator().buffer(capacity: headByteCount + 4 + list.count * entryByteCount)
        bytes.writeMultipleIntegers(version, UInt32(0), Int32(list.count))
        for producer in list {
            bytes.writeMultipleIntegers(producer.producerID, producer.epoch, producer.lastSequence)
            bytes.writeMultipleIntegers(
                producer.lastOffset, producer.batches.last?.offsetDelta ?? 0, producer.lastTimestamp)
            bytes.writeMultipleIntegers(producer.coordinatorEpoch, producer.transactionStart ?? -1)
        }
        bytes.setInteger(checksum(of: bytes), at: 2)
        return bytes
    }

    /// Reads a file's content; nil if it is cut off, damaged or of another version.
    package static func decode(_ content: ByteBuffer) -> ProducerStateTable? {
        var bytes = content
        guard let (version, stored, count) = bytes.readMultipleIntegers(as: (Int16, UInt32, Int32).self),
            version == Self.version, stored == checksum(of: content), count >= 0,
            bytes.readableBytes == Int(count) * entryByteCount
        else { return nil }
        var table = ProducerStateTable()
        while let (id, epoch, sequence) = bytes.readMultipleIntegers(as: (Int64, Int16, Int32).self) {
            guard let (offset, delta, timestamp) = bytes.readMultipleIntegers(as: (Int64, Int32, Int64).self),
                let (coordinatorEpoch, start) = bytes.readMultipleIntegers(as: (Int32, Int64).self)
            else { return nil }
            var producer = ProducerState(producerID: id)
            producer.epoch = epoch
            producer.lastTimestamp = timestamp
            producer.coordinatorEpoch = coordinatorEpoch
            if start >= 0 { producer.transactionStart = start }
            if offset >= 0 {
                producer.batches.append(
                    ProducerState.Batch(
                        lastSequence: sequence, lastOffset: offset, offsetDelta: delta, timestamp: timestamp))
            }
            table.restore(producer)
        }
        return table
    }

    private static func checksum(of bytes: ByteBuffer) -> UInt32 {
        bytes.withUnsafeReadableBytes { CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0.dropFirst(headByteCount))) }
    }
}
