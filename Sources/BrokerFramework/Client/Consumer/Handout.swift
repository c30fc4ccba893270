import Synchronization

/// Records on their way to whoever reads them, given out one by one and each once, without a hop to the consumer.
///
/// The consumer looks at what is left: that is not read yet, and may be taken back.
final class Handout: Sendable {
    private let records: [ConsumerRecord]
    private let takenCount = Atomic(0)

    init(_ records: [ConsumerRecord]) { self.records = records }

    func take() -> ConsumerRecord? {
        let index = takenCount.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
        return index < records.count ? records[index] : nil
    }

    /// What nobody has taken yet.
    var rest: ArraySlice<ConsumerRecord> { records.dropFirst(takenCount.load(ordering: .acquiring)) }

    /// Takes everything that is left.
    func takeRest() -> ArraySlice<ConsumerRecord> {
        records.dropFirst(takenCount.exchange(records.count, ordering: .acquiringAndReleasing))
    }
}
