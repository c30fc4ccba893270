public import BrokerPrimitives
internal import BrokerWire

/// Why something asked of the client did not happen.
public struct ClientError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is; compare it, or read `server` for the broker's own words.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }

        /// No connection could be opened.
        public static let connectionFailed = Code("connection failed")
        /// The connection ended before the answer came; whether the request was carried out is unknown.
        public static let connectionClosed = Code("connection closed")
        /// No answer came in time; whether the request was carried out is unknown.
        public static let timedOut = Code("timed out")
        /// The broker answered with an error of the protocol: see `server`.
        public static let server = Code("server error")
        /// The broker and this client have no version of an API in common, or the broker lacks it.
        public static let unsupportedVersion = Code("unsupported version")
        /// An answer could not be understood.
        public static let malformedResponse = Code("malformed response")
        /// A batch in an answer is damaged.
        public static let corruptRecords = Code("corrupt records")
        /// A batch is compressed by a codec the client was not given.
        public static let missingCodec = Code("missing codec")
        /// An argument or configuration makes no sense.
        public static let invalidArgument = Code("invalid argument")
        /// The record is larger than the client may send.
        public static let recordTooLarge = Code("record too large")
        /// The producer's memory stayed full for too long.
        public static let bufferFull = Code("buffer full")
        /// The consumer's position lies outside of the log, and no reset policy says where to go on.
        public static let offsetOutOfRange = Code("offset out of range")
        /// The client was closed.
        public static let closed = Code("closed")
        /// The task was cancelled while the client waited to try again.
        public static let cancelled = Code("cancelled")
    }

    /// What kind of failure it is.
    public var code: Code
    /// A sentence for people.
    public var message: String
    /// The broker's error where `code` is `.server`, and where it is the cause of another one.
    public var server: ErrorCode?
    /// What caused it, if it was another error.
    public var underlying: (any Error)?

    public init(_ code: Code, _ message: String, server: ErrorCode? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.server = server
        self.underlying = underlying
    }

    /// Whether the same request may succeed a little later, at another broker or after fresh metadata.
    public var isRetriable: Bool {
        switch code {
        case .server: server?.isRetriable ?? false
        case .connectionFailed, .connectionClosed, .timedOut: true
        default: false
        }
    }

    public var description: String { message }

    /// An error a broker answered.
    static func server(_ error: ErrorCode, _ what: String, message: String? = nil) -> ClientError {
        let detail = message.flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
        return ClientError(.server, "\(what): \(error)\(detail)", server: error)
    }

    static let closed = ClientError(.closed, "the client is closed")
    static let cancelled = ClientError(.cancelled, "the task was cancelled before the client could try again")
}
