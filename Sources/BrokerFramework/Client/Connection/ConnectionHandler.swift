internal import NIOCore

/// What waits for an answer: its correlation id, and what to do with the body or the failure. Called once, on the
/// connection's event loop.
struct PendingRequest {
    let correlationID: Int32
    let name: String
    let timeout: TimeAmount
    let complete: (Result<ByteBuffer, ClientError>) -> Void
}

/// One connection's requests in flight. A broker answers in the order it was asked, so answers meet a queue.
///
/// Whatever is not as it must be ends the connection: after a timeout or an answer to something else, nothing that
/// follows can be trusted to belong to what waits for it.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let address: BrokerAddress
    private var frames: ResponseFrames
    private var pending: CircularBuffer<(request: PendingRequest, deadline: NIODeadline)> = []
    private var context: ChannelHandlerContext?
    private var failure: ClientError?
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?
    private var needsFlush = false

    init(address: BrokerAddress, maximumResponseByteCount: Int) {
        self.address = address
        frames = ResponseFrames(limit: maximumResponseByteCount)
    }

    /// Writes the pieces of one request; `request` is nil if no answer comes.
    func send(_ pieces: [ByteBuffer], expecting request: PendingRequest?) {
        guard let context, failure == nil else {
            request?.complete(.failure(failure ?? closedError()))
            return
        }
        if let request {
            let deadline = NIODeadline.now() + request.timeout
            pending.append((request, deadline))
            if timer.map({ deadline < $0.deadline }) ?? true { scheduleTimer(context) }
        }
        for piece in pieces { context.write(wrapOutboundOut(piece), promise: nil) }
        // Requests submitted in one burst leave in one write.
        guard !needsFlush else { return }
        needsFlush = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let handler = bound.value
            handler.needsFlush = false
            handler.context?.flush()
        }
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        frames.append(unwrapInboundIn(data))
        do {
            while failure == nil, let frame = try frames.next() { answer(frame) }
        } catch {
            end(ClientError(.malformedResponse, "\(address) \(error.words)"))
        }
    }

    private func answer(_ frame: ByteBuffer) {
        var frame = frame
        guard let correlationID: Int32 = frame.readInteger() else {
            return end(ClientError(.malformedResponse, "\(address) sent an answer without a correlation id"))
        }
        guard let head = pending.first, head.request.correlationID == correlationID else {
            return end(
                ClientError(.malformedResponse, "\(address) answered request \(correlationID), which is not the next"))
        }
        pending.removeFirst()
        head.request.complete(.success(frame))
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(closedError())
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(ClientError(.connectionClosed, "the connection to \(address) failed: \(error)", underlying: error))
    }

    /// Fails everything that waits and closes the connection. Only the first reason counts.
    func end(_ error: ClientError) {
        guard failure == nil else { return }
        failure = error
        timer?.task.cancel()
        timer = nil
        let waiting = pending
        pending = []
        for (request, _) in waiting { request.complete(.failure(error)) }
        context?.close(promise: nil)
    }

    private func closedError() -> ClientError {
        ClientError(.connectionClosed, "\(address) closed the connection")
    }

    /// One timer serves all requests: it is set to the first deadline, and set anew when it goes off.
    private func scheduleTimer(_ context: ChannelHandlerContext) {
        timer?.task.cancel()
        timer = nil
        guard let next = pending.lazy.map(\.deadline).min() else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        timer = (context.eventLoop.scheduleTask(deadline: next) { bound.value.timerFired() }, next)
    }

    private func timerFired() {
        timer = nil
        guard let context, failure == nil else { return }
        let now = NIODeadline.now()
        if let late = pending.first(where: { $0.deadline <= now }) {
            let milliseconds = late.request.timeout.nanoseconds / 1_000_000
            return end(
                ClientError(.timedOut, "\(address) did not answer \(late.request.name) within \(milliseconds) ms"))
        }
        scheduleTimer(context)
    }
}
