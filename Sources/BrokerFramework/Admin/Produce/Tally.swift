internal import BrokerClient
internal import Synchronization

/// Counts what became of the records of a `produce`.
final class Tally: Sendable {
    private struct State: ~Copyable {
        var sentCount = 0
        var deliveredCount = 0
        var failedCount = 0
        var failure: ClientError?
        /// Records are sent whether or not anybody reads about them.
        var output = Output(outlivesReader: true)
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

    /// Tells how it went; throws the first failure, of a delivery or else of the listing.
    func finish(topic: String) throws {
        flush()
        let (delivered, failed, failure, lost) = state.withLock {
            ($0.deliveredCount, $0.failedCount, $0.failure, $0.output.failure)
        }
        if let failure {
            Output.note("\(delivered) records delivered to '\(topic)', \(failed) not.")
            throw failure
        }
        if let lost { throw lost }
        if !isListing { Output.note("\(delivered) record\(delivered == 1 ? "" : "s") delivered to '\(topic)'.") }
    }
}
