internal import BrokerMetadata
internal import BrokerModel
package import BrokerNetwork
package import BrokerPluginAPI
internal import BrokerPrimitives
package import BrokerWire
package import BrokerWorld
package import Logging
package import NIOCore

/// Takes a connection's frames to the handlers of their APIs.
///
/// The one place where requests are decoded and where the authorizer is asked. What cannot be decoded closes the
/// connection, with one line in the log.
package final class Dispatcher: FrameHandler {
    private let routes: [Int16: any Route]
    private let authorizer: any Authorizer
    private let allowsEverything: Bool
    private let quotas: ClientQuotas
    private let world: World
    private let logger: Logger
    private let complaints: RateLimit
    private let whenDisconnected: @Sendable (Peer) -> Void
    private let interceptor: (any RequestInterceptor)?

    /// The APIs with a handler, and their versions: what ApiVersions tells.
    package let served: [APIKey: ClosedRange<Int16>]

    package init(
        handlers: HandlerTable, authorizer: any Authorizer, quotas: ClientQuotas, world: World, logger: Logger,
        complaints: RateLimit, interceptor: (any RequestInterceptor)? = nil,
        whenDisconnected: @escaping @Sendable (Peer) -> Void
    ) {
        routes = handlers.routes
        served = handlers.served
        self.authorizer = authorizer
        allowsEverything = authorizer.allowsEverything
        self.quotas = quotas
        self.world = world
        self.logger = logger
        self.complaints = complaints
        self.whenDisconnected = whenDisconnected
        self.interceptor = interceptor
    }

    package func received(_ frame: ByteBuffer, from peer: Peer, reply: Reply) {
        var body = frame
        do throws(WireError) {
            switch try RequestPreamble.decode(consuming: &body) {
            case .supported(let key, let header):
                guard let route = routes[key.rawValue], served[key]?.contains(header.requestApiVersion) == true else {
                    return refuse(key, header.requestApiVersion, header.correlationID, peer, reply)
                }
                try route.take(body, header, peer, reply, self)
            case .unsupportedVersion(let key, let version, let correlationID):
                refuse(key, version, correlationID, peer, reply)
            case .unknownKey(let key, let version, _):
                complain("a request of unknown API \(key) version \(version)", peer)
                reply.close()
            }
        } catch {
            complain("a request that cannot be read: \(error)", peer)
            reply.close()
        }
    }

    package func disconnected(_ peer: Peer) { whenDisconnected(peer) }

    /// ApiVersions is answered in version 0 with the versions that would do (KIP-511); for anything else there is no
    /// answer that the client could read.
    private func refuse(_ key: APIKey, _ version: Int16, _ correlationID: Int32, _ peer: Peer, _ reply: Reply) {
        guard key == .apiVersions, let range = served[.apiVersions] else {
            complain("a request of \(key.name) version \(version), which is not served", peer)
            return reply.close()
        }
        var response = ApiVersionsResponse()
        response.errorCode = .unsupportedVersion
        response.apiKeys = [
            ApiVersionsResponse.ApiVersion(
                apiKey: key.rawValue, minVersion: range.lowerBound, maxVersion: range.upperBound)
        ]
        guard let encoded = try? FrameEncoder.response(response, version: 0, correlationID: correlationID) else {
            return reply.close()
        }
        reply.send(OutboundFrame(encoded.bytes))
    }

    private func complain(_ what: String, _ peer: Peer) {
        guard let suppressed = complaints.admit() else { return }
        var metadata: Logger.Metadata = ["client": "\(peer.host)", "listener": "\(peer.listener)"]
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        logger.warning("closing a connection: \(what)", metadata: metadata)
    }

    fileprivate func call<Handler: APIHandler>(
        _ handler: Handler, _ body: ByteBuffer, _ header: RequestHeader, _ peer: Peer, _ reply: Reply,
        _ metrics: RequestMetrics
    ) throws(WireError) {
        metrics.received(version: header.requestApiVersion, from: peer)
        // Bytes behind the request are left alone, as Kafka does: librdkafka sends some after Metadata.
        let byteCount = body.readableBytes
        var body = body
        let begun = quotas.isActive(.requestPercentage) ? world.monotonicNanoseconds() : nil
        let request = try Handler.Request.decode(consuming: &body, version: header.requestApiVersion)
        let context = RequestContext(
            principal: peer.principal, host: peer.host, listener: peer.listener, clientID: header.clientID)
        let rights = rights(to: request, of: handler, context)
        let call = Call<Handler.Request>(
            header: header, byteCount: byteCount, peer: peer, context: context, rights: rights, quotas: quotas,
            reply: reply, metrics: metrics, logger: logger)
        if let interceptor {
            interceptor.intercept(request, call) { handler.handle($0, $1) }
        } else {
            handler.handle(request, call)
        }
        if let begun {
            // A thread's time for a second is 100 %.
            let percent = Double(world.monotonicNanoseconds() - begun) / 1e7
            _ = quotas.record(percent, of: .requestPercentage, for: context)
        }
    }

    private func rights<Handler: APIHandler>(
        to request: Handler.Request, of handler: Handler, _ context: RequestContext
    ) -> Rights {
        if !PluginCalls.areMade || allowsEverything { return .everything }
        let actions = handler.actions(for: request)
        // What is not answered is denied.
        return Rights(actions, actions.isEmpty ? [] : (try? authorizer.authorize(actions, for: context)) ?? [])
    }

    /// The handlers of a broker, by API.
    package struct HandlerTable: Sendable {
        fileprivate var routes: [Int16: any Route] = [:]
        package private(set) var served: [APIKey: ClosedRange<Int16>] = [:]

        private let now: @Sendable () -> Int64
        private let limit: @Sendable (APIKey, ClosedRange<Int16>) -> ClosedRange<Int16>?

        /// - Parameters:
        ///   - now: monotonic nanoseconds, on the clock of the connections.
        ///   - limit: the versions of an API to serve, out of those its handler has; nil for none.
        package init(
            now: @escaping @Sendable () -> Int64,
            limit: @escaping @Sendable (APIKey, ClosedRange<Int16>) -> ClosedRange<Int16>? = { $1 }
        ) {
            self.now = now
            self.limit = limit
        }

        package mutating func add<Handler: APIHandler>(_ handler: Handler) {
            let key = Handler.Request.apiKey
            guard let versions = limit(key, Handler.versions) else { return }
            served[key] = versions
            routes[key.rawValue] = HandlerRoute(handler: handler, metrics: RequestMetrics(key, now: now))
        }

        /// What is counted of each API's requests, by API.
        package var metrics: [RequestMetrics] {
            routes.sorted { $0.key < $1.key }.map(\.value.metrics)
        }
    }
}

/// The way of a request's bytes to the handler of its API.
private protocol Route: Sendable {
    var metrics: RequestMetrics { get }

    func take(
        _ body: ByteBuffer, _ header: RequestHeader, _ peer: Peer, _ reply: Reply, _ dispatcher: Dispatcher
    ) throws(WireError)
}

private struct HandlerRoute<Handler: APIHandler>: Route {
    let handler: Handler
    let metrics: RequestMetrics

    func take(
        _ body: ByteBuffer, _ header: RequestHeader, _ peer: Peer, _ reply: Reply, _ dispatcher: Dispatcher
    ) throws(WireError) {
        try dispatcher.call(handler, body, header, peer, reply, metrics)
    }
}
