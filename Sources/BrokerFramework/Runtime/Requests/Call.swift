internal import BrokerMetadata
internal import BrokerModel
package import BrokerNetwork
package import BrokerPluginAPI
package import BrokerPrimitives
package import BrokerWire
internal import Logging
package import NIOCore

/// One request on its way through a handler: who asks, in which version, with which rights, and the way to answer.
package struct Call<Request: WireRequest>: Sendable {
    package let version: Int16
    package let peer: Peer
    package let context: RequestContext
    package let rights: Rights
    private let correlationID: Int32
    private let requestByteCount: Int
    private let quotas: ClientQuotas
    private let reply: Reply
    private let metrics: RequestMetrics
    private let logger: Logger
    /// Where the end goes instead; nil, as a rule, for to the client.
    private var diversion: (@Sendable (CallEnd<Request.Response>) -> Void)?

    init(
        header: RequestHeader, byteCount: Int, peer: Peer, context: RequestContext, rights: Rights,
        quotas: ClientQuotas, reply: Reply, metrics: RequestMetrics, logger: Logger
    ) {
        version = header.requestApiVersion
        self.peer = peer
        self.context = context
        self.rights = rights
        correlationID = header.correlationID
        requestByteCount = byteCount
        self.quotas = quotas
        self.reply = reply
        self.metrics = metrics
        self.logger = logger
    }

    /// The event loop of the connection; handlers are called on it.
    package var eventLoop: any EventLoop { reply.eventLoop }

    /// When the request arrived, in monotonic nanoseconds.
    package var receivedAt: Int64 { reply.receivedAt }

    /// Sends the answer. `regions` are the file ranges for the deferred payloads in it, in their order.
    ///
    /// If the client is over a quota, the answer tells it for how long to wait, and so long the connection takes no more
    /// requests (KIP-219); `throttleMilliseconds` is the wait for what only the handler knows of.
    package func respond(
        _ response: Request.Response, regions: [StorageRegion] = [], throttleMilliseconds: Int64 = 0
    ) {
        if let diversion {
            return diversion(.answer(response, regions: regions, throttleMilliseconds: throttleMilliseconds))
        }
        guard let frame = encode(response, regions, isCounted: true) else { return }
        metrics.answered(since: reply.receivedAt, to: peer)
        var wait = throttleMilliseconds
        if quotas.isActive { wait = max(wait, charge(frame.byteCount)) }
        guard wait > 0, let told = encode(response.telling(wait), regions, isCounted: false) else {
            return reply.send(frame)
        }
        reply.send(told, pausing: wait)
    }

    /// - Parameter isCounted: whether the errors in the response are counted.
    private func encode(
        _ response: Request.Response, _ regions: [StorageRegion], isCounted: Bool
    ) -> OutboundFrame? {
        let encoded: EncodedBytes
        do {
            encoded = try FrameEncoder.response(response, version: version, correlationID: correlationID)
        } catch {
            logger.error(
                "an answer could not be encoded; the connection is closed",
                metadata: ["api": "\(Request.apiKey.name)", "version": "\(version)", "error": "\(error)"])
            reply.close()
            return nil
        }
        if isCounted, !encoded.errorCodes.isEmpty { metrics.failed(encoded.errorCodes) }
        if encoded.splices.isEmpty { return OutboundFrame(encoded.bytes) }
        return OutboundFrame(encoded.pieces().map { OutboundFrame.Piece($0, regions: regions) })
    }

    /// The request wants no answer.
    package func respondNothing() {
        if let diversion { return diversion(.nothing) }
        metrics.answered(since: reply.receivedAt, to: peer)
        reply.sendNothing(pausing: quotas.isActive ? chargeTraffic(0) : 0)
    }

    /// Closes the connection after the answers before this one.
    package func close() {
        if let diversion { return diversion(.close) }
        reply.close()
    }

    /// Closes the connection after the answers before this one, because of `error`, which no answer tells.
    package func close(_ error: ErrorCode) {
        metrics.failed([error])
        close()
    }

    // MARK: Diverting

    /// The same call for a handler, but its end goes to `diversion`. Whoever diverts a call ends the original.
    package func diverted(to diversion: @escaping @Sendable (CallEnd<Request.Response>) -> Void) -> Call {
        var call = self
        call.diversion = diversion
        return call
    }

    /// Ends the call in one of the three ways.
    package func end(_ end: CallEnd<Request.Response>) {
        switch end {
        case .answer(let response, let regions, let wait):
            respond(response, regions: regions, throttleMilliseconds: wait)
        case .nothing: respondNothing()
        case .close: close()
        }
    }
}

/// How a call ends.
package enum CallEnd<Response: WireResponse>: Sendable {
    /// `throttleMilliseconds` is the wait for what only the handler knows of.
    case answer(Response, regions: [StorageRegion], throttleMilliseconds: Int64)
    /// The request wanted no answer.
    case nothing
    /// The connection is closed.
    case close
}

// MARK: Quotas

extension Call {
    /// The quota for changes of the metadata; nil if there is none. Who speaks `strictVersion` knows the error for what
    /// is over it.
    package func mutationQuota(strictSince strictVersion: Int16) -> MutationQuota? {
        quotas.mutationQuota(for: context, isStrict: version >= strictVersion)
    }

    /// How many bytes of records the client may get now; nil for any number.
    package var fetchByteCount: Int? { quotas.fetchByteCount(for: context) }

    /// For how long the client must wait after this request, in milliseconds.
    private func charge(_ responseByteCount: Int) -> Int64 {
        // How clients sign in is not held against them.
        if Request.apiKey == .saslHandshake || Request.apiKey == .saslAuthenticate { return 0 }
        return max(chargeTraffic(responseByteCount), quotas.debt(.requestPercentage, of: context))
    }

    private func chargeTraffic(_ responseByteCount: Int) -> Int64 {
        switch Request.apiKey {
        case .produce: quotas.record(Double(requestByteCount), of: .producerByteRate, for: context)
        case .fetch: quotas.record(Double(responseByteCount), of: .consumerByteRate, for: context)
        default: 0
        }
    }
}

extension WireResponse {
    /// The same response, telling its client to wait; as it is if it cannot.
    fileprivate func telling(_ milliseconds: Int64) -> Self {
        guard var throttled = self as? any ThrottledResponse else { return self }
        throttled.throttleTimeMs = Int32(clamping: milliseconds)
        return throttled as? Self ?? self
    }
}

extension OutboundFrame.Piece {
    init(_ piece: EncodedBytes.Piece, regions: [StorageRegion]) {
        switch piece {
        case .bytes(let bytes): self = .bytes(bytes)
        case .deferred(let index, _): self = .region(regions[index])
        }
    }
}
