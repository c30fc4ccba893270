import BrokerNetwork
import BrokerTestKit
import BrokerWorld
import NIOCore
import NIOPosix
import Synchronization

/// A frame's bytes with its length in front.
func framed(_ bytes: ByteBuffer) -> ByteBuffer {
    var frame = ByteBuffer()
    frame.writeInteger(Int32(bytes.readableBytes))
    frame.writeImmutableBuffer(bytes)
    return frame
}

func framed(_ text: String) -> ByteBuffer { framed(ByteBuffer(string: text)) }

extension Reply {
    func send(_ text: String, pausing pause: Int64 = 0) { send(OutboundFrame(framed(text)), pausing: pause) }
}

/// Hands every frame to a closure, and tells a test of what happened.
final class TestHandler: FrameHandler {
    struct Request: Sendable {
        var frame: ByteBuffer
        var peer: Peer
        var reply: Reply
        var text: String { String(buffer: frame) }
    }

    let requests: AsyncStream<Request>
    let departures: AsyncStream<Peer>
    private let arrived: AsyncStream<Request>.Continuation
    private let departed: AsyncStream<Peer>.Continuation
    private let handle: @Sendable (ByteBuffer, Peer, Reply) -> Void

    /// - Parameter handle: called on the connection's loop; nothing at all leaves the request to the test.
    init(_ handle: @escaping @Sendable (ByteBuffer, Peer, Reply) -> Void = { _, _, _ in }) {
        (requests, arrived) = AsyncStream.makeStream()
        (departures, departed) = AsyncStream.makeStream()
        self.handle = handle
    }

    /// Sends every frame back as it came.
    static func echo() -> TestHandler { TestHandler { frame, _, reply in reply.send(OutboundFrame(framed(frame))) } }

    func received(_ frame: ByteBuffer, from peer: Peer, reply: Reply) {
        handle(frame, peer, reply)
        arrived.yield(Request(frame: frame, peer: peer, reply: reply))
    }

    func disconnected(_ peer: Peer) { departed.yield(peer) }
}

extension NetworkConfig {
    static func test(
        maximumFrame: Int = 1 << 20, maximumUnanswered: Int = 100, idle: Int64? = nil, perHost: Int = 1000,
        inFlight: Int = 1 << 30, sendBuffer: Int? = nil
    ) -> NetworkConfig {
        NetworkConfig(
            limits: ConnectionLimits(
                maximumFrameByteCount: maximumFrame, maximumUnansweredRequests: maximumUnanswered,
                idleMilliseconds: idle), maximumConnections: ConnectionMaximum(total: 1000, perHost: perHost),
            maximumInFlightByteCount: inFlight, backlog: 128, sendBufferByteCount: sendBuffer,
            receiveBufferByteCount: nil)
    }
}

/// Runs a server on the loopback interface for the length of a test.
func withServer(
    _ handler: any FrameHandler, _ config: NetworkConfig = .test(),
    refusal: @escaping @Sendable (String) -> Int64? = { _ in nil },
    _ body: (_ server: NetworkServer, _ port: Int) async throws -> Void
) async throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let server = NetworkServer(
        group: group, handler: handler, config: config,
        timers: .eventLoops(group, now: World.system.monotonicNanoseconds), refusal: refusal)
    let port = try await server.listen(name: "TEST", host: "127.0.0.1", port: 0)
    do { try await body(server, port) } catch {
        await server.stopAccepting()
        await server.drain(grace: .zero)
        throw error
    }
    await server.stopAccepting()
    await server.drain(grace: .zero)
}

extension AsyncStream {
    /// The next `count` elements; fewer if the stream ends.
    func first(_ count: Int) async -> [Element] {
        var all: [Element] = []
        for await element in self {
            all.append(element)
            if all.count == count { break }
        }
        return all
    }
}
