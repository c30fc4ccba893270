internal import BrokerClient

/// The failures of a command that does the same to several things: all are told, the last ends the command.
struct Failures {
    private let servers: String
    private var last: (any Error)?

    init(_ connection: ConnectionOptions) { servers = connection.servers }

    /// Takes a failure in; gives it as the user is told it.
    mutating func add(_ error: ClientError) -> CommandFailure {
        tellLast()
        last = error
        return CommandFailure(error, servers: servers)
    }

    /// Takes in one that is in words already.
    mutating func add(_ failure: CommandFailure) {
        tellLast()
        last = failure
    }

    private func tellLast() {
        // With JSON the answer itself has a line for each of them.
        guard !Speech.isJSON else { return }
        switch last {
        case let error as ClientError: Speech.tell(CommandFailure(error, servers: servers))
        case let failure as CommandFailure: Speech.tell(failure)
        default: break
        }
    }

    func finish() throws {
        if let last { throw last }
    }
}
