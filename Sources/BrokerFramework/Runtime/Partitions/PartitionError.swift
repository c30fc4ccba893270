package import BrokerModel
package import BrokerPrimitives

/// Why a partition refused: Kafka's code, a sentence, and who leads it if that is what is wrong.
package struct PartitionError: Error, Hashable, Sendable {
    package var code: ErrorCode
    package var message: String?
    package var records: [BatchAdmission.RecordProblem] = []
    /// −1 if the log was not looked at.
    package var logStartOffset: Offset = -1
    /// Set where the client should look elsewhere.
    package var leader: Leader?

    /// Who leads a partition, −1 for nobody.
    package struct Leader: Hashable, Sendable {
        package var id: NodeID
        package var epoch: LeaderEpoch
    }

    package init(_ code: ErrorCode, _ message: String? = nil, leader: Leader? = nil) {
        self.code = code
        self.message = message
        self.leader = leader
    }

    package init(_ refusal: BatchAdmission.Refusal) {
        code = refusal.code
        message = refusal.message
        records = refusal.records
    }
}
