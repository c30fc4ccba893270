import NIOCore
import NIOHTTP1

/// One connection: takes its requests one at a time, answers them, and ends it when it takes too much.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: HTTPServer.Limits
    private let handler: HTTPServer.Handler
    private var head: HTTPRequestHead?
    private var hasBody = false
    /// Ends the connection when a request or the taking of an answer lasts too long.
    private var timeout: Scheduled<Void>?

    init(limits: HTTPServer.Limits, handler: @escaping HTTPServer.Handler) {
        self.limits = limits
        self.handler = handler
    }

    func channelActive(context: ChannelHandlerContext) { expect(within: limits.requestTime, context) }

    func channelInactive(context: ChannelHandlerContext) { timeout?.cancel() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            hasBody = false
            if let refusal = Self.refusal(of: head) { return answer(refusal, to: head, keepsAlive: false, context) }
        case .body: hasBody = true
        case .end:
            guard let head else { return }
            self.head = nil
            if hasBody {
                let refusal = HTTPResponse.text("A request here has no body.\n", status: .contentTooLarge)
                return answer(refusal, to: head, keepsAlive: false, context)
            }
            // Nothing is expected while the answer is being found.
            timeout?.cancel()
            let request = HTTPRequest(target: head.uri, accepts: head.headers["Accept"])
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            handler(request, context.eventLoop).hop(to: context.eventLoop).whenComplete { result in
                let (connection, context) = bound.value
                let response =
                    (try? result.get()) ?? HTTPResponse.text("This failed.\n", status: .internalServerError)
                connection.answer(response, to: head, keepsAlive: head.isKeepAlive, context)
            }
        }
    }

    private static func refusal(of head: HTTPRequestHead) -> HTTPResponse? {
        guard head.method == .GET || head.method == .HEAD else {
            return .text("Only GET and HEAD are served here.\n", status: .methodNotAllowed)
        }
        return nil
    }

    private func answer(
        _ response: HTTPResponse, to head: HTTPRequestHead, keepsAlive: Bool, _ context: ChannelHandlerContext
    ) {
        guard context.channel.isActive else { return }
        self.head = nil
        var headers = HTTPHeaders()
        headers.add(name: "Content-Type", value: response.contentType)
        headers.add(name: "Content-Length", value: "\(response.body.readableBytes)")
        headers.add(name: "Cache-Control", value: "no-store")
        if response.status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
        if !keepsAlive { headers.add(name: "Connection", value: "close") }
        let answer = HTTPResponseHead(
            version: head.version, status: .init(statusCode: response.status.rawValue), headers: headers)
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        if head.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(response.body))), promise: nil) }
        expect(within: limits.answerTime, context)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            let (connection, context) = bound.value
            guard keepsAlive else { return context.close(promise: nil) }
            connection.expect(within: connection.limits.idleTime, context)
        }
    }

    private func expect(within time: TimeAmount, _ context: ChannelHandlerContext) {
        timeout?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        timeout = context.eventLoop.scheduleTask(in: time) { bound.value.close(promise: nil) }
    }
}
