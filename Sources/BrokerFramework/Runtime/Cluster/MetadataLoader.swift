package import BrokerMetadata
package import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire
internal import NIOCore

/// Applies the batches of the metadata log to an image, in order.
///
/// A metadata transaction (records between a begin and an end record) is applied as a whole at its end, or not at all
/// if it was aborted.
package struct MetadataLoader: Sendable {
    package private(set) var image: MetadataImage
    /// The records of a transaction whose end has not come.
    private var open: [MetadataRecord]?

    private let renames: ConfigRenames

    /// - Parameter renames: configs that the log may have under former names.
    package init(image: MetadataImage = MetadataImage(), renames: ConfigRenames = .none) {
        self.image = image
        self.renames = renames
    }

    /// Applies one batch. Control batches only move the offset on.
    package mutating func apply(
        _ batch: RecordBatch, to delta: inout MetadataDelta
    ) throws(MetadataLoadError) {
        if !batch.header.attributes.contains(.control) {
            var records = batch.records
            while let record = try next(&records) {
                guard let value = record.value else { throw MetadataLoadError(record.offset, "it has no value") }
                let decoded: MetadataRecord
                do { decoded = try MetadataRecord.decodeFramed(value).record } catch {
                    throw MetadataLoadError(record.offset, "\(error)")
                }
                do { try apply(decoded, to: &delta) } catch { throw MetadataLoadError(record.offset, "\(error)") }
            }
        }
        image.offset = batch.header.lastOffset
        image.epoch = max(image.epoch, batch.header.partitionLeaderEpoch)
    }

    /// Says up to where a snapshot's records, which have offsets of their own, bring the image.
    package mutating func finishSnapshot(endOffset: Offset, epoch: LeaderEpoch) {
        image.offset = endOffset - 1
        image.epoch = epoch
    }

    private func next(_ records: inout RecordSequence) throws(MetadataLoadError) -> Record? {
        do { return try records.next() } catch { throw MetadataLoadError(-1, error.description) }
    }

    private mutating func apply(
        _ record: MetadataRecord, to delta: inout MetadataDelta
    ) throws(MetadataError) {
        let record = renames.today(record)
        switch record {
        case .beginTransaction: open = []
        case .abortTransaction: open = nil
        case .endTransaction:
            for record in open ?? [] { try image.apply(record, to: &delta) }
            open = nil
        default:
            if open != nil { open?.append(record) } else { try image.apply(record, to: &delta) }
        }
    }
}

/// A record of the metadata log that cannot be applied. The broker must not go on without it.
package struct MetadataLoadError: Error, Sendable, CustomStringConvertible {
    package let offset: Offset
    package let reason: String

    package init(_ offset: Offset, _ reason: String) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "the metadata record at offset \(offset) cannot be applied: \(reason)" }
}
