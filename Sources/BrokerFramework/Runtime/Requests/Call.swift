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
    private let reply: Reply
    private let metrics: RequestMetrics
    private let logger: Logger

    init(
        header: RequestHeader, peer: Peer, context: RequestContext, rights: Rights, reply: Reply,
        metrics: RequestMetrics, logger: Logger
    ) {
        version = header.requestApiVersion
        self.peer = peer
        self.context = context
        self.rights = rights
        correlationID = header.correlationID
        self.reply = reply
        self.metrics = metrics
        self.logger = logger
    }

    /// The event loop of the connection; handlers are called on it.
    package var eventLoop: any EventLoop { reply.eventLoop }

    /// When the request arrived, in monotonic nanoseconds.
    package var receivedAt: Int64 { reply.receivedAt }

    /// Sends the answer. `regions` are the file ranges for the deferred payloads in it, in their order.
    package func respond(_ response: Request.Response, regions: [StorageRegion] = []) {
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
        metrics.answered(since: reply.receivedAt, to: peer)
        if !encoded.errorCodes.isEmpty { metrics.failed(encoded.errorCodes) }
        if encoded.splices.isEmpty {
            reply.send(OutboundFrame(encoded.bytes))
        } else {
            reply.send(OutboundFrame(encoded.pieces().map { OutboundFrame.Piece($0, regions: regions) }))
        }
    }

    /// The request wants no answer.
    package func respondNothing() {
        metrics.answered(since: reply.receivedAt, to: peer)
        reply.sendNothing()
    }

    /// Closes the connection after the answers before this one, because of `error`, which no answer tells.
    package func close(_ error: ErrorCode) {
        metrics.failed([error])
        reply.close()
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
