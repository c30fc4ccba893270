internal import ArgumentParser

/// What kind of failure ends a command: a word for programs, and the exit code that belongs to it.
///
/// Both are part of the interface: they may be added to, but not changed. From 64 on the codes are those of sysexits.h.
public enum FailureKind: String, Sendable, Hashable, CaseIterable {
    /// The cluster refused, or something else went wrong.
    case failed
    /// A topic, partition, group, broker or config that was named is not there.
    case notFound = "not_found"
    /// What was to be created is there already.
    case alreadyExists = "already_exists"
    /// The arguments make no sense.
    case usage
    /// The input could not be understood.
    case badInput = "bad_input"
    /// No broker could be reached.
    case unreachable
    /// Standard output could not be written, or a file not be read.
    case inputOutput = "input_output"
    /// No answer came in time; trying again may help.
    case timedOut = "timed_out"
    /// The cluster does not allow it to this user.
    case notPermitted = "not_permitted"

    public var exitCode: Int32 {
        switch self {
        case .failed: 1
        case .notFound: 2
        case .alreadyExists: 3
        case .usage: 64
        case .badInput: 65
        case .unreachable: 69
        case .inputOutput: 74
        case .timedOut: 75
        case .notPermitted: 77
        }
    }
}

/// A failure that ends a command and is told to the user as it is.
///
/// `CommandRunner` prints it: as `Error: …` and its advice, or as one JSON object with `--output json`.
public struct CommandFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public var kind: FailureKind
    /// A sentence that says what is wrong.
    public var message: String
    /// A sentence that says what to do about it.
    public var advice: String?
    /// The broker's error as Kafka names it, where one is the cause.
    public var kafkaError: String?

    public init(_ message: String, kind: FailureKind = .failed, advice: String? = nil, kafkaError: String? = nil) {
        self.kind = kind
        self.message = message
        self.advice = advice
        self.kafkaError = kafkaError
    }

    /// What runners other than `CommandRunner` print.
    public var description: String { advice.map { "\(message)\n\($0)" } ?? message }

    var json: JSONValue {
        [
            "code": .string(kind.rawValue), "message": .string(message), "advice": .optional(advice),
            "kafkaError": .optional(kafkaError), "exitCode": .integer(kind.exitCode),
        ]
    }
}
