internal import BrokerClient

/// The failures of a command that does the same to several things: all are told, the last ends the command.
struct Failures {
    private let servers: String
    private var last: ClientError?

    init(_ connection: ConnectionOptions) { servers = connection.servers }

    /// Takes a failure in; gives it as the user is told it.
    mutating func add(_ error: ClientError) -> CommandFailure {
        // With JSON the answer itself has a line for each of them.
        if let last, !Speech.isJSON { Speech.tell(CommandFailure(last, servers: servers)) }
        last = error
        return CommandFailure(error, servers: servers)
    }

    func finish() throws(ClientError) {
        if let last { throw last }
    }
}
