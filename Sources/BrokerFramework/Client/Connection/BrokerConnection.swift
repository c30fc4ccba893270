internal import BrokerPrimitives
public import BrokerWire
internal import NIOCore
internal import NIOPosix
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// One connection to one broker. Requests are pipelined: sent at once, answered in order.
///
/// May be used from any thread. A connection that failed stays failed; make a new one. One that nobody holds any more
/// closes.
public final class BrokerConnection: Sendable {
    public let address: BrokerAddress
    /// What the broker said it can do.
    public let versions: SupportedVersions
    private let link: Link

    private init(link: Link, versions: SupportedVersions) {
        address = link.address
        self.versions = versions
        self.link = link
    }

    deinit { link.close() }

    /// Opens a connection and asks the broker what it speaks.
    public static func open(
        to address: BrokerAddress, configuration: ClientConfiguration
    ) async throws(ClientError) -> BrokerConnection {
        let link = try await Link.open(to: address, configuration: configuration)
        do {
            return BrokerConnection(link: link, versions: try await negotiate(link))
        } catch {
            link.close()
            throw error
        }
    }

    /// ApiVersions in the newest version; a broker that does not know it answers in version 0 with what it has
    /// (KIP-511), and is asked again.
    private static func negotiate(_ link: Link) async throws(ClientError) -> SupportedVersions {
        var version = APIKey.apiVersions.lastStableVersion
        while true {
            let request = ApiVersionsRequest(clientSoftwareName: "swift-broker-client", clientSoftwareVersion: "1.0.0")
            let response = try await link.send(request, version: version)
            switch response.errorCode {
            case .none: return SupportedVersions(response.apiKeys)
            case .unsupportedVersion where version > 0:
                let theirs = SupportedVersions(response.apiKeys)[.apiVersions]?.upperBound ?? 0
                version = max(0, min(version - 1, theirs))
            case .invalidRequest where version > 0: version = 0
            case let error: throw .server(error, "\(link.address) refused ApiVersions")
            }
        }
    }

    public var isOpen: Bool { link.isOpen }

    /// Sends a request in the newest version both sides speak and waits for the answer.
    ///
    /// - Parameters:
    ///   - limit: the versions in which the request can be said.
    ///   - timeoutMilliseconds: nil for the configuration's.
    public func send<Request: WireRequest>(
        _ request: Request, within limit: ClosedRange<Int16>? = nil, timeoutMilliseconds: Int64? = nil
    ) async throws(ClientError) -> Request.Response {
        let version = try versions.pick(Request.self, within: limit)
        return try await link.send(request, version: version, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Sends a request without waiting. Requests submitted one after the other by one caller are sent in that order.
    ///
    /// - Parameter completion: called once, on the connection's event loop; must not block.
    func submit<Request: WireRequest>(
        _ request: Request, version: Int16, timeoutMilliseconds: Int64? = nil,
        completion: @escaping @Sendable (Result<Request.Response, ClientError>) -> Void
    ) {
        link.submit(request, version: version, timeoutMilliseconds: timeoutMilliseconds, completion: completion)
    }

    /// Sends a request that gets no answer: Produce with acks 0.
    func sendWithoutAnswer<Request: WireRequest>(_ request: Request, version: Int16) throws(ClientError) {
        try link.sendWithoutAnswer(request, version: version)
    }

    /// Ends the connection; what waits for answers fails.
    public func close() { link.close() }
}

/// A channel to a broker and the numbering of its requests, before anything is known about versions.
private final class Link: Sendable {
    let address: BrokerAddress
    private let channel: any Channel
    private let handler: NIOLoopBound<ConnectionHandler>
    private let nextCorrelationID = Atomic<Int32>(0)
    private let configuration: ClientConfiguration

    private init(
        address: BrokerAddress, channel: any Channel, handler: NIOLoopBound<ConnectionHandler>,
        configuration: ClientConfiguration
    ) {
        self.address = address
        self.channel = channel
        self.handler = handler
        self.configuration = configuration
    }

    static func open(
        to address: BrokerAddress, configuration: ClientConfiguration
    ) async throws(ClientError) -> Link {
        let limit = configuration.maximumResponseByteCount
        do {
            let (channel, handler) = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.limited(milliseconds: configuration.connectTimeoutMilliseconds))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .channelOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 16_384, maximum: 1 << 20)
                )
                .connect(host: address.host, port: address.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = ConnectionHandler(address: address, maximumResponseByteCount: limit)
                        try channel.pipeline.syncOperations.addHandler(handler)
                        return (channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
                    }
                }
            return Link(address: address, channel: channel, handler: handler, configuration: configuration)
        } catch {
            throw ClientError(
                .connectionFailed, "cannot connect to \(address): \(Self.reason(error))", underlying: error)
        }
    }

    /// The errno's words rather than NIO's list of attempts.
    private static func reason(_ error: any Error) -> String {
        guard let error = error as? NIOConnectionError else { return "\(error)" }
        if let first = error.connectionErrors.first {
            return (first.error as? IOError).map { words(for: $0.errnoCode) } ?? "\(first.error)"
        }
        return "the host name does not resolve"
    }

    private static func words(for code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "nothing listens there"
        case EHOSTUNREACH, ENETUNREACH: "there is no way to that host"
        case ETIMEDOUT: "it does not answer"
        default: "error \(code) of the system"
        }
    }

    var isOpen: Bool { channel.isActive }

    func close() {
        let handler = handler
        channel.eventLoop.execute { handler.value.end(.closed) }
    }

    func send<Request: WireRequest>(
        _ request: Request, version: Int16, timeoutMilliseconds: Int64? = nil
    ) async throws(ClientError) -> Request.Response {
        let result = await withCheckedContinuation { continuation in
            submit(request, version: version, timeoutMilliseconds: timeoutMilliseconds) { result in
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }

    func submit<Request: WireRequest>(
        _ request: Request, version: Int16, timeoutMilliseconds: Int64?,
        completion: @escaping @Sendable (Result<Request.Response, ClientError>) -> Void
    ) {
        let correlationID = nextID()
        let pieces: [ByteBuffer]
        do { pieces = try encode(request, version: version, correlationID: correlationID) } catch {
            return completion(.failure(error))
        }
        let timeout = TimeAmount.limited(
            milliseconds: timeoutMilliseconds ?? configuration.requestTimeoutMilliseconds)
        let handler = handler
        let address = address
        channel.eventLoop.execute {
            let pending = PendingRequest(
                correlationID: correlationID, name: Request.apiKey.name, timeout: timeout
            ) { result in
                completion(result.flatMap { Self.decode(Request.Response.self, $0, version: version, from: address) })
            }
            handler.value.send(pieces, expecting: pending)
        }
    }

    func sendWithoutAnswer<Request: WireRequest>(_ request: Request, version: Int16) throws(ClientError) {
        let pieces = try encode(request, version: version, correlationID: nextID())
        let handler = handler
        channel.eventLoop.execute { handler.value.send(pieces, expecting: nil) }
    }

    private func nextID() -> Int32 { nextCorrelationID.wrappingAdd(1, ordering: .relaxed).newValue }

    private func encode(
        _ request: some WireRequest, version: Int16, correlationID: Int32
    ) throws(ClientError) -> [ByteBuffer] {
        do throws(WireError) {
            let encoded = try FrameEncoder.request(
                request, version: version, correlationID: correlationID, clientID: configuration.clientID)
            return encoded.pieces().compactMap { if case .bytes(let buffer) = $0 { buffer } else { nil } }
        } catch {
            throw ClientError(.invalidArgument, "the request cannot be written: \(error)", underlying: error)
        }
    }

    /// Reads an answer whose correlation id has been taken off.
    private static func decode<Response: WireResponse>(
        _ type: Response.Type, _ frame: ByteBuffer, version: Int16, from address: BrokerAddress
    ) -> Result<Response, ClientError> {
        var body = frame
        do throws(WireError) {
            // A broker that does not know our version of ApiVersions answers in version 0 (KIP-511).
            if Response.apiKey == .apiVersions, version > 0,
                body.getInteger(at: body.readerIndex, as: Int16.self) == 35
            {
                return .success(try Response.decode(body, version: 0))
            }
            if Response.apiKey.responseHeaderVersion(version) > 0 {
                // The header's tagged fields; the correlation id in front is put back to read them as a message.
                body.moveReaderIndex(to: body.readerIndex - 4)
                _ = try ResponseHeader.decode(consuming: &body, version: 1)
            }
            return .success(try Response.decode(body, version: version))
        } catch {
            return .failure(
                ClientError(
                    .malformedResponse, "\(address) sent an answer that does not parse: \(error)", underlying: error))
        }
    }
}
