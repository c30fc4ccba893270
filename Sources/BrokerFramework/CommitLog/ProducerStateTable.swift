package import BrokerModel

/// The idempotent and transactional producers of a partition, and its open transactions. A pure value.
///
/// Source: KIP-98 for sequence numbers and transactions, KIP-360 for what happens to forgotten producers, KIP-890
/// for verification.
package struct ProducerStateTable: Hashable, Sendable {
    package private(set) var producers: [ProducerID: ProducerState] = [:]
    /// Open transactions, by where they begin.
    private var openTransactions: [OpenTransaction] = []
    /// Transactions that have ended, but whose marker may still lie above the high watermark.
    private var endedTransactions: [EndedTransaction] = []
    private var verifications: [ProducerID: Verification] = [:]
    private var nextGuard: UInt64 = 1

    private struct OpenTransaction: Hashable, Sendable {
        var producerID: ProducerID
        var firstOffset: Offset
    }

    package struct EndedTransaction: Hashable, Sendable {
        package var producerID: ProducerID
        package var firstOffset: Offset
        package var lastOffset: Offset
        package var isAborted: Bool
    }

    private struct Verification: Hashable, Sendable {
        var token: UInt64
        var epoch: ProducerEpoch
        var lowestSequence: Int32
        var timestamp: Timestamp
    }

    package init() {}

    /// Where the first open transaction begins.
    package var firstOpenOffset: Offset? { openTransactions.first?.firstOffset }

    /// All producers, by id.
    package var list: [ProducerState] { producers.values.sorted { $0.producerID < $1.producerID } }

    package subscript(producerID: ProducerID) -> ProducerState? { producers[producerID] }

    /// Below which offset everything is decided, given the high watermark.
    package mutating func lastStableOffset(highWatermark: Offset) -> Offset {
        if !endedTransactions.isEmpty { endedTransactions.removeAll { $0.lastOffset < highWatermark } }
        var stable = highWatermark
        if let open = openTransactions.first { stable = min(stable, open.firstOffset) }
        for ended in endedTransactions { stable = min(stable, ended.firstOffset) }
        return stable
    }

    /// Below which offset everything will be decided once `ended` is.
    func lastStableOffset(after ended: EndedTransaction) -> Offset {
        openTransactions.first { $0.producerID != ended.producerID }?.firstOffset ?? ended.lastOffset + 1
    }

    /// Takes over what an append made of a producer; `ended` if the append ended its transaction.
    mutating func commit(_ producer: ProducerState, ended: EndedTransaction?) {
        let before = producers.updateValue(producer, forKey: producer.producerID)
        if let ended {
            openTransactions.removeAll { $0.producerID == ended.producerID }
            endedTransactions.append(ended)
        }
        if let start = producer.transactionStart, before?.transactionStart != start || ended != nil {
            openTransactions.append(OpenTransaction(producerID: producer.producerID, firstOffset: start))
        }
        if !verifications.isEmpty { verifications[producer.producerID] = nil }
    }

    /// Puts a producer in place as a snapshot has it.
    mutating func restore(_ producer: ProducerState) {
        producers[producer.producerID] = producer
        if let start = producer.transactionStart {
            let place = openTransactions.partitioningIndex { $0.firstOffset > start }
            openTransactions.insert(
                OpenTransaction(producerID: producer.producerID, firstOffset: start), at: place)
        }
    }

    /// Forgets producers that have been idle for `lifetime` and have no open transaction, and verifications as old.
    package mutating func removeExpired(now: Timestamp, lifetime: Int64) {
        producers = producers.filter { _, producer in
            producer.transactionStart != nil || now - producer.lastTimestamp < lifetime
        }
        verifications = verifications.filter { now - $0.value.timestamp < lifetime }
    }

    // MARK: Verification

    /// Whether the producer has an open transaction here, in this epoch.
    package func hasOpenTransaction(_ producerID: ProducerID, epoch: ProducerEpoch) -> Bool {
        producers[producerID].map { $0.epoch == epoch && $0.transactionStart != nil } ?? false
    }

    /// The guard to hand in with the append that begins a transaction; nil if one is open already.
    mutating func startVerification(
        _ producerID: ProducerID, epoch: ProducerEpoch, sequence: Int32, now: Timestamp
    ) -> VerificationGuard? {
        if hasOpenTransaction(producerID, epoch: epoch) { return nil }
        if var known = verifications[producerID], known.epoch >= epoch {
            known.lowestSequence = min(known.lowestSequence, sequence)
            verifications[producerID] = known
            return VerificationGuard(token: known.token)
        }
        let token = nextGuard
        nextGuard += 1
        verifications[producerID] = Verification(token: token, epoch: epoch, lowestSequence: sequence, timestamp: now)
        return VerificationGuard(token: token)
    }

    func isVerified(_ producerID: ProducerID, by given: VerificationGuard?) -> Bool {
        guard let given, let verification = verifications[producerID] else { return false }
        return verification.token == given.token
    }

    func lowestUnverifiedSequence(_ producerID: ProducerID) -> Int32? {
        verifications.isEmpty ? nil : verifications[producerID]?.lowestSequence
    }
}

/// Shows that the transaction coordinator was asked about a producer's transaction after any marker that came
/// before: a late write of an ended transaction has none that fits.
package struct VerificationGuard: Hashable, Sendable {
    let token: UInt64
}
