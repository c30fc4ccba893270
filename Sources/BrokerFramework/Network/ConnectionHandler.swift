import BrokerPluginAPI
import BrokerWorld
import NIOCore

/// One connection: cuts its bytes into frames, hands them on, and writes the answers in order.
///
/// Everything happens on the connection's event loop. Reading stops while too many requests are unanswered, too
/// many bytes are in hand, or the client does not take its answers; so a client can only exhaust itself.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = IOData

    private let peer: Peer
    private let handler: any FrameHandler
    private let limits: ConnectionLimits
    private let budget: InFlightBudget
    private var context: ChannelHandlerContext?
    private var accumulator: FrameAccumulator
    private var replies = ReplyQueue<ReplyOutcome>()
    private var wantsRead = false
    private var isHandlingFrames = false
    private var isClosing = false
    private var isDraining = false
    private var isWaitingForBudget = false
    private var needsFlush = false
    private let timers: Timers
    private var pause: ConnectionPause
    private var halfRead: HalfReadFrame
    /// When bytes came last, in the timers' nanoseconds.
    private var lastRead: Int64
    private var idleCheck: Timers.Timer?

    init(
        peer: Peer, handler: any FrameHandler, limits: ConnectionLimits, budget: InFlightBudget,
        halfReadBudget: InFlightBudget, timers: Timers
    ) {
        self.peer = peer
        self.handler = handler
        self.limits = limits
        self.budget = budget
        self.timers = timers
        pause = ConnectionPause(timers)
        accumulator = FrameAccumulator(maximumFrameByteCount: limits.maximumFrameByteCount)
        lastRead = timers.now()
        halfRead = HalfReadFrame(budget: halfReadBudget, now: lastRead)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        context.read()
        if let idle = limits.idleMilliseconds { checkIdle(afterMilliseconds: idle) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastRead = timers.now()
        accumulator.append(unwrapInboundIn(data))
        handleFrames()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flushIfNeeded()
        halfRead.stamp(timers.now())
        watchHalfReadFrame()
        wantsRead = true
        readIfAllowed()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        handleFrames()
        flushIfNeeded()
        readIfAllowed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        idleCheck?.cancel()
        pause.cancel()
        budget.release(replies.byteCount)
        halfRead.end()
        handler.disconnected(peer)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is DrainEvent {
            isDraining = true
            closeIfDrained()
        } else if event is EndPauseEvent {
            endPause()
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// Looks after a while whether anything was asked meanwhile: cheaper than a timer that every read moves.
    private func checkIdle(afterMilliseconds delay: Int64) {
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        idleCheck = timers.schedule(afterMilliseconds: delay) {
            bound.eventLoop.execute { bound.value.closeIfIdle() }
        }
    }

    private func closeIfIdle() {
        guard let context, !isClosing, let idle = limits.idleMilliseconds else { return }
        let left = idle - (timers.now() - halfRead.lastSign) / 1_000_000
        // A client that waits for an answer is not idle.
        if left <= 0, replies.count == 0 { return context.close(promise: nil) }
        checkIdle(afterMilliseconds: max(left, 1))
    }

    // MARK: Requests

    private var mayHandle: Bool {
        !isClosing && !isDraining && replies.count < limits.maximumUnansweredRequests
            && !pause.isOn && context?.channel.isWritable == true && !budget.isExhausted
    }

    private func handleFrames() {
        guard !isHandlingFrames, let context else { return }
        isHandlingFrames = true
        defer {
            isHandlingFrames = false
            halfRead.note(accumulator.heldByteCount)
        }
        while mayHandle {
            switch accumulator.next() {
            case .needsMore:
                return
            case .badLength:
                isClosing = true
                context.close(promise: nil)
                return
            case .frame(let frame):
                halfRead.completed()
                budget.take(frame.readableBytes)
                let number = replies.open(byteCount: frame.readableBytes)
                let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
                handler.received(
                    frame, from: peer, reply: Reply(connection: bound, number: number, receivedAt: lastRead))
                writeReplies()
            }
        }
        if budget.isExhausted { waitForBudget() }
    }

    private func readIfAllowed() {
        guard wantsRead, let context else { return }
        guard mayHandle else {
            // Nothing else would look again once the budget is free: it may be other connections that use it up.
            if budget.isExhausted { waitForBudget() }
            return
        }
        guard halfRead.mayGrow() else { return waitForBudget() }
        wantsRead = false
        context.read()
    }

    /// Looks again a little later: the bytes that are in hand belong to other connections.
    private func waitForBudget() {
        guard let context, !isClosing, !isWaitingForBudget else { return }
        isWaitingForBudget = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(5)) {
            bound.value.isWaitingForBudget = false
            bound.value.resume()
        }
    }

    private func resume() {
        handleFrames()
        flushIfNeeded()
        readIfAllowed()
    }

    /// Sees to it that a large frame does not come to a standstill halfway while others want to be read.
    private func watchHalfReadFrame() {
        guard let context, !isClosing, halfRead.beginsWatch() else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        _ = timers.schedule(afterMilliseconds: HalfReadFrame.watchMilliseconds) {
            bound.eventLoop.execute { bound.value.lookAtHalfReadFrame() }
        }
    }

    private func lookAtHalfReadFrame() {
        guard halfRead.endsWatch() else { return watchHalfReadFrame() }
        context?.close(promise: nil)
    }

    // MARK: Pauses

    private func pause(milliseconds: Int64) {
        guard milliseconds > 0, let context, !isClosing else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        pause.begin(milliseconds: milliseconds) { bound.eventLoop.execute { bound.value.endPauseIfOver() } }
    }

    private func endPauseIfOver() {
        if pause.isOver { endPause() }
    }

    private func endPause() {
        guard pause.isOn else { return }
        pause.cancel()
        resume()
    }

    // MARK: Answers

    func completed(_ number: UInt64, with outcome: ReplyOutcome, pausing milliseconds: Int64) {
        guard !isClosing, replies.complete(number, with: outcome) else { return }
        pause(milliseconds: milliseconds)
        // Answers given while frames are handled go out together, after the last of them.
        if isHandlingFrames { return }
        writeReplies()
        resume()
    }

    private func writeReplies() {
        guard let context else { return }
        while !isClosing, let (outcome, byteCount) = replies.next() {
            budget.release(byteCount)
            switch outcome {
            case .send(let frame): write(frame, context)
            case .nothing: break
            case .close: closeAfterFlush(context)
            }
        }
        closeIfDrained()
    }

    private func write(_ frame: OutboundFrame, _ context: ChannelHandlerContext) {
        needsFlush = true
        for piece in frame.pieces {
            switch piece {
            case .bytes(let bytes): context.write(wrapOutboundOut(.byteBuffer(bytes)), promise: nil)
            case .region(let region): write(region, context)
            }
        }
    }

    /// The descriptor belongs to the region, so NIO's handle on it must be emptied, not closed, when it is sent.
    private func write(_ region: StorageRegion, _ context: ChannelHandlerContext) {
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: region.descriptor.number)
        let file = FileRegion(
            fileHandle: handle, readerIndex: Int(region.offset), endIndex: Int(region.offset) + region.count)
        context.write(wrapOutboundOut(.fileRegion(file))).whenComplete { _ in
            _ = try? handle.takeDescriptorOwnership()
            withExtendedLifetime(region) {}
        }
    }

    private func flushIfNeeded() {
        guard needsFlush, let context else { return }
        needsFlush = false
        context.flush()
    }

    private func closeAfterFlush(_ context: ChannelHandlerContext) {
        isClosing = true
        // A connection that is not active yet has nothing to flush, and no flush would end.
        guard context.channel.isActive else { return context.close(promise: nil) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        needsFlush = false
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer()))).whenComplete { _ in
            bound.value.close(promise: nil)
        }
    }

    private func closeIfDrained() {
        guard isDraining, !isClosing, replies.count == 0, let context else { return }
        closeAfterFlush(context)
    }
}

/// Tells a connection to take no more requests and to close when the last answer is sent.
struct DrainEvent: Sendable {}

/// Tells a connection to take requests again, though its pause is not over.
struct EndPauseEvent: Sendable {}
