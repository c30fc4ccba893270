internal import BrokerModel
package import BrokerNetwork
package import BrokerPluginAPI
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
    private let reply: Reply
    private let logger: Logger
    /// Where the end goes instead; nil, as a rule, for to the client.
    private var diversion: (@Sendable (CallEnd<Request.Response>) -> Void)?

    init(
        header: RequestHeader, peer: Peer, context: RequestContext, rights: Rights, reply: Reply, logger: Logger
    ) {
        version = header.requestApiVersion
        self.peer = peer
        self.context = context
        self.rights = rights
        correlationID = header.correlationID
        self.reply = reply
        self.logger = logger
    }

    /// The event loop of the connection; handlers are called on it.
    package var eventLoop: any EventLoop { reply.eventLoop }

    /// Sends the answer. `regions` are the file ranges for the deferred payloads in it, in their order.
    package func respond(_ response: Request.Response, regions: [StorageRegion] = []) {
        if let diversion { return diversion(.answer(response, regions: regions)) }
        let encoded: EncodedBytes
        do {
            encoded = try FrameEncoder.response(response, version: version, correlationID: correlationID)
        } catch {
            logger.error(
                "an answer could not be encoded; the connection is closed",
                metadata: ["api": "\(Request.apiKey.name)", "version": "\(version)", "error": "\(error)"])
            reply.close()
            return
        }
        if encoded.splices.isEmpty {
            reply.send(OutboundFrame(encoded.bytes))
        } else {
            reply.send(OutboundFrame(encoded.pieces().map { OutboundFrame.Piece($0, regions: regions) }))
        }
    }

    /// The request wants no answer.
    package func respondNothing() {
        if let diversion { return diversion(.nothing) }
        reply.sendNothing()
    }

    /// Closes the connection after the answers before this one.
    package func close() {
        if let diversion { return diversion(.close) }
        reply.close()
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
        case .answer(let response, let regions): respond(response, regions: regions)
        case .nothing: respondNothing()
        case .close: close()
        }
    }
}

/// How a call ends.
package enum CallEnd<Response: WireResponse>: Sendable {
    case answer(Response, regions: [StorageRegion])
    /// The request wanted no answer.
    case nothing
    /// The connection is closed.
    case close
}

extension OutboundFrame.Piece {
    init(_ piece: EncodedBytes.Piece, regions: [StorageRegion]) {
        switch piece {
        case .bytes(let bytes): self = .bytes(bytes)
        case .deferred(let index, _): self = .region(regions[index])
        }
    }
}
