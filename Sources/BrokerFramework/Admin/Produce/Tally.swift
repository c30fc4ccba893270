internal import BrokerClient
internal import Synchronization

/// Counts what became of the records of a `produce`.
final class Tally: Sendable {
    private struct State: ~Copyable {
        var sentCount = 0
        var deliveredCount = 0
        var failedCount = 0
        var failure: ClientError?
        var output = Output()
    }

    private let isListing: Bool
    private let state = Mutex(State())

    init(isListing: Bool) { self.isListing = isListing }

    var deliveredCount: Int { state.withLock { $0.deliveredCount } }
    var hasFailed: Bool { state.withLock { $0.failure != nil } }

    func sent() { state.withLock { $0.sentCount += 1 } }

    func delivered(_ result: Result<RecordMetadata, ClientError>) {
        state.withLock { state in
            switch result {
            case .success(let record):
                state.deliveredCount += 1
                guard isListing else { return }
                state.output.line(
                    [
                        "topic": .string(record.topic), "partition": .integer(record.partition),
                        "offset": record.offset.map(JSONValue.integer) ?? .null,
                        "timestamp": .integer(record.timestamp),
                    ])
            case .failure(let error):
                state.failedCount += 1
                if state.failure == nil { state.failure = error }
            }
        }
    }

    func flush() { state.withLock { $0.output.flush() } }

    /// Tells how it went; throws the first failure.
    func finish(topic: String) throws(ClientError) {
        flush()
        let (delivered, failed, failure) = state.withLock { ($0.deliveredCount, $0.failedCount, $0.failure) }
        if let failure {
            Output.note("\(delivered) records delivered to '\(topic)', \(failed) not.")
            throw failure
        }
        if !isListing { Output.note("\(delivered) record\(delivered == 1 ? "" : "s") delivered to '\(topic)'.") }
    }
}
