internal import BrokerClient

/// The answer of a command that deletes several things: a line for each; what failed is told as `Failures` does.
struct DeletionReport: ~Copyable {
    private let format: OutputFormat
    private var output = Output()
    private var failures: Failures

    init(_ format: OutputFormat, _ connection: ConnectionOptions) {
        self.format = format
        failures = Failures(connection)
    }

    /// - Parameters:
    ///   - names: what says in JSON which thing it is.
    ///   - text: what is told of it if it was deleted, or was not there and need not be.
    mutating func add(_ names: JSONValue, isDeleted: Bool, _ text: String) {
        switch format {
        case .text: output.line(text)
        case .json: output.line(names.merged(["deleted": .bool(isDeleted)]))
        }
    }

    mutating func add(_ names: JSONValue, failed error: ClientError) {
        let failure = failures.add(error)
        if format == .json { output.line(names.merged(["deleted": .bool(false), "error": failure.json])) }
    }

    /// - Parameter isTold: whether people are told of it; programs are told of each.
    mutating func add(_ names: JSONValue, failed failure: CommandFailure, isTold: Bool = true) {
        if isTold { failures.add(failure) }
        if format == .json { output.line(names.merged(["deleted": .bool(false), "error": failure.json])) }
    }

    mutating func finish() throws {
        output.flush()
        try failures.finish()
    }
}
