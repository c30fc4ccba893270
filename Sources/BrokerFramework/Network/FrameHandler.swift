package import NIOCore

/// What is done with the requests of connections.
package protocol FrameHandler: Sendable {
    /// Called on the connection's event loop for each frame, in order. The frame is without its length.
    ///
    /// Must not block. Exactly one of the reply's methods must be called, at any time and on any thread; the next
    /// frame may be handed in before that.
    func received(_ frame: ByteBuffer, from peer: Peer, reply: Reply)

    /// The connection has gone; nothing more comes from it. Called on its event loop.
    func disconnected(_ peer: Peer)
}

/// The two ends of a connection.
package struct Peer: Sendable, Hashable {
    /// Unique in the process.
    package let id: UInt64
    /// The name of the listener that accepted it.
    package let listener: String
    /// The client's address, without the port.
    package let host: String
    /// Who it is: `User:alice`.
    package let principal: String
    /// The address and port by which the client reached this process.
    package let localHost: String
    package let localPort: Int
}

/// The place of one answer in a connection's order of answers.
package struct Reply: Sendable {
    private let connection: NIOLoopBound<ConnectionHandler>
    private let number: UInt64
    /// When the last bytes of the request were read, in nanoseconds on the clock of the server's timers.
    package let receivedAt: Int64

    init(connection: NIOLoopBound<ConnectionHandler>, number: UInt64, receivedAt: Int64) {
        self.connection = connection
        self.number = number
        self.receivedAt = receivedAt
    }

    /// The event loop of the connection.
    package var eventLoop: any EventLoop { connection.eventLoop }

    /// Sends the answer as soon as those before it are sent.
    ///
    /// - Parameter pause: for how many milliseconds the connection takes no more requests, from now (KIP-219).
    package func send(_ frame: OutboundFrame, pausing pause: Int64 = 0) { complete(.send(frame), pause) }

    /// The request wants no answer. `pause` is as in `send`.
    package func sendNothing(pausing pause: Int64 = 0) { complete(.nothing, pause) }

    /// Closes the connection once the answers before this one are sent.
    package func close() { complete(.close, 0) }

    private func complete(_ outcome: ReplyOutcome, _ pause: Int64) {
        if connection.eventLoop.inEventLoop {
            connection.value.completed(number, with: outcome, pausing: pause)
        } else {
            connection.eventLoop.execute { connection.value.completed(number, with: outcome, pausing: pause) }
        }
    }
}

/// What became of a request.
enum ReplyOutcome: Sendable {
    case send(OutboundFrame)
    case nothing
    case close
}
