import BrokerPrimitives
import BrokerWire
import NIOCore
import NIOPosix

@testable import BrokerClient

/// A listener that answers requests as a script says.
final class ScriptedBroker: Sendable {
    struct Request: Sendable {
        let key: APIKey
        let version: Int16
        let correlationID: Int32
        let body: ByteBuffer
    }

    enum Reply: Sendable {
        case bytes(ByteBuffer)
        case silence
        /// Neither this request nor any later one of the connection is answered: a broker answers in order.
        case hold
        case close

        static func response<Body: WireResponse>(_ body: Body, to request: Request, version: Int16? = nil) -> Reply {
            guard
                let encoded = try? FrameEncoder.response(
                    body, version: version ?? request.version, correlationID: request.correlationID,
                    spliceThreshold: .max)
            else { return .close }
            return .bytes(encoded.bytes)
        }

        /// An answer to ApiVersions with these ranges.
        static func versions(_ ranges: [APIKey: ClosedRange<Int16>], to request: Request) -> Reply {
            let keys = ranges.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                ApiVersionsResponse.ApiVersion(
                    apiKey: $0.key.rawValue, minVersion: $0.value.lowerBound, maxVersion: $0.value.upperBound)
            }
            return .response(ApiVersionsResponse(apiKeys: keys), to: request)
        }
    }

    typealias Script = @Sendable (Request) -> Reply

    private let channel: any Channel
    let address: BrokerAddress

    private init(channel: any Channel) throws {
        self.channel = channel
        address = BrokerAddress(host: "127.0.0.1", port: channel.localAddress?.port ?? 0)
    }

    /// - Parameter onConnection: called for every connection that is accepted.
    static func start(
        onConnection: @escaping @Sendable () -> Void = {}, _ script: @escaping Script
    ) async throws -> ScriptedBroker {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                onConnection()
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return try ScriptedBroker(channel: channel)
    }

    func stop() async { try? await channel.close() }

    /// A client's configuration for this broker, with short waits.
    var configuration: ClientConfiguration {
        var configuration = ClientConfiguration(bootstrapServers: [address])
        configuration.retryBackoffMilliseconds = 1
        configuration.retryBackoffMaximumMilliseconds = 5
        configuration.reconnectBackoffMilliseconds = 1
        configuration.reconnectBackoffMaximumMilliseconds = 5
        configuration.operationTimeoutMilliseconds = 30_000
        return configuration
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let script: Script
        private var frames = ResponseFrames(limit: 1 << 24)
        private var isHeld = false

        init(_ script: @escaping Script) { self.script = script }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            frames.append(unwrapInboundIn(data))
            while let frame = (try? frames.next()).flatMap({ $0 }) {
                guard let request = Self.request(frame) else { return context.close(promise: nil) }
                guard !isHeld else { continue }
                switch script(request) {
                case .bytes(let bytes): context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
                case .silence: break
                case .hold: isHeld = true
                case .close: return context.close(promise: nil)
                }
            }
        }

        private static func request(_ frame: ByteBuffer) -> Request? {
            var body = frame
            switch try? RequestPreamble.decode(consuming: &body) {
            case .supported(let key, let header)?:
                return Request(key: key, version: header.version, correlationID: header.correlationID, body: body)
            default: return nil
            }
        }
    }
}
