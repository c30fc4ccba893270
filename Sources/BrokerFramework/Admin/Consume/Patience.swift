internal import BrokerClient

/// How long a reader puts up with a cluster that cannot be reached.
struct Patience {
    private let limitMilliseconds: Int64
    /// Whether the reader is to come to an end by itself; else it waits on, and says so.
    private let mustEnd: Bool
    private var hasSpoken = false

    init(_ connection: ConnectionOptions, mustEnd: Bool) {
        limitMilliseconds = Int64(connection.timeout * 1000)
        self.mustEnd = mustEnd
    }

    /// - Throws: what keeps the consumer from reading, once that has lasted as long as `--timeout` says.
    mutating func check(_ consumer: Consumer) async throws(ClientError) {
        guard let trouble = await consumer.trouble else {
            hasSpoken = false
            return
        }
        guard trouble.durationMilliseconds >= limitMilliseconds else { return }
        if mustEnd { throw trouble.error }
        guard !hasSpoken else { return }
        hasSpoken = true
        Output.note(
            "Nothing can be read for \(trouble.durationMilliseconds / 1000) s now: \(trouble.error). Still trying.")
    }
}
