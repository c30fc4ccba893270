package import BrokerController
package import BrokerMetadata
package import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire
package import BrokerWorld
package import Logging
package import NIOCore

/// Runs the controller: takes decisions one after the other on a thread of its own, appends their records to the
/// metadata log, and answers when they are committed and everyone on this broker has heard of them.
///
/// Decisions that arrive together share one flush.
package final class ControllerDriver: Sendable {
    /// Hears of every committed change, in order, on the controller's thread.
    package typealias Publisher = @Sendable (MetadataDelta, MetadataImage) -> Void
    /// Takes a decision on the controller's state; `nextOffset` is the offset its first record would get.
    package typealias Deciding<Reply: Sendable> =
        @Sendable (_ controller: Controller, _ nextOffset: Offset, _ generator: inout World.Generator) -> Decision<
            Reply
        >

    private let eventLoop: any EventLoop
    private let core: NIOLoopBound<ControllerCore>
    private let status: ControllerStatus

    /// Must be called on `eventLoop`, whose thread may block and is the controller's alone.
    package init(
        eventLoop: any EventLoop, quorum: MetadataQuorum, settings: Controller.Settings, world: World, timers: Timers,
        publishers: [Publisher], logger: Logger
    ) throws {
        self.eventLoop = eventLoop
        status = ControllerStatus()
        let core = ControllerCore(
            quorum: quorum, settings: settings, world: world, timers: timers, publishers: publishers,
            logger: logger, eventLoop: eventLoop, status: status)
        self.core = NIOLoopBound(core, eventLoop: eventLoop)
        try core.start()
    }

    /// How the controller stands. From any thread, without waiting for the controller's.
    package var standing: ControllerStatus.Standing { status.standing }

    /// Takes a decision soon and calls `then` with its reply once its records are committed, or with the error that
    /// kept them from it. From any thread; `then` comes on the controller's.
    package func submit<Reply: Sendable>(
        _ decide: @escaping Deciding<Reply>,
        then: @escaping @Sendable (Result<Reply, ControllerError>) -> Void
    ) {
        eventLoop.execute { [core] in core.value.process(decide, then) }
    }

    /// The same for callers that can wait.
    package func submit<Reply: Sendable>(_ decide: @escaping Deciding<Reply>) async throws(ControllerError) -> Reply {
        let result = await withCheckedContinuation { continuation in
            submit(decide) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Calls `then` soon, on the controller's thread, with how the metadata quorum stands.
    package func describeQuorum(then: @escaping @Sendable (QuorumStatus) -> Void) {
        eventLoop.execute { [core] in then(core.value.quorumStatus) }
    }

    /// Takes no more decisions, and leaves the metadata log in order.
    package func stop() async {
        try? await eventLoop.submit { [core] in core.value.stop() }.get()
    }
}

/// The controller's state, confined to its thread.
final class ControllerCore {
    private let quorum: MetadataQuorum
    private let timers: Timers
    private let publishers: [ControllerDriver.Publisher]
    private let logger: Logger
    private let eventLoop: any EventLoop
    private let status: ControllerStatus
    private var generator: World.Generator
    private var controller: Controller
    /// What is committed; `controller.image` may be ahead of it.
    private var committed = MetadataLoader()
    private var parked: [Parked] = []
    private var isFlushScheduled = false
    private var timer: Timers.Timer?
    private var isStopped = false
    private let remarks: RateLimit

    /// A reply that waits for the records below `offset` to be committed.
    private struct Parked {
        var offset: Offset
        var answer: (ControllerError?) -> Void
    }

    init(
        quorum: MetadataQuorum, settings: Controller.Settings, world: World, timers: Timers,
        publishers: [ControllerDriver.Publisher], logger: Logger, eventLoop: any EventLoop,
        status: ControllerStatus
    ) {
        self.status = status
        self.quorum = quorum
        self.timers = timers
        self.publishers = publishers
        self.logger = logger
        self.eventLoop = eventLoop
        generator = world.generator
        remarks = RateLimit(perSecond: 1) { world.monotonicMilliseconds }
        controller = Controller(image: MetadataImage(), settings: settings)
    }

    /// Loads what is committed and, on a new cluster, writes what its metadata begins with.
    func start() throws {
        committed = try quorum.start()
        controller.image = committed.image
        var everything = MetadataDelta()
        everything.loaded(committed.image)
        for publisher in publishers { publisher(everything, committed.image) }
        status.set(quorum.isLeader ? .active : .inactive)
        armTimer()
    }

    /// A quorum of one is never due; one with other voters wants to be told of time.
    private func armTimer() {
        timer?.cancel()
        guard !isStopped, let deadline = quorum.nextDeadline else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        timer = timers.schedule(at: deadline * 1_000_000) {
            bound.eventLoop.execute { bound.value.tick() }
        }
    }

    private func tick() {
        do {
            try quorum.tick()
            status.set(quorum.isLeader ? .active : .inactive)
        } catch { fail(error) }
        armTimer()
    }

    var quorumStatus: QuorumStatus { quorum.status }

    func process<Reply: Sendable>(
        _ decide: ControllerDriver.Deciding<Reply>,
        _ then: @escaping @Sendable (Result<Reply, ControllerError>) -> Void
    ) {
        guard !isStopped, quorum.isLeader else {
            return then(.failure(ControllerError(.notController, "This is not the correct controller.")))
        }
        let decision = decide(controller, quorum.endOffset, &generator)
        for remark in decision.remarks {
            guard let suppressed = remarks.admit() else { break }
            logger.warning("\(remark)", metadata: suppressed > 0 ? ["suppressed": "\(suppressed)"] : [:])
        }
        guard !decision.records.isEmpty else {
            // What was decided may rest on records that are not committed yet.
            if parked.isEmpty { return then(.success(decision.reply)) }
            return park(until: quorum.endOffset) { error in then(error.map { .failure($0) } ?? .success(decision.reply))
            }
        }
        do {
            var image = controller.image
            var delta = MetadataDelta()
            for record in decision.records { try image.apply(record, to: &delta) }
            let end = try quorum.append(
                decision.records,
                metadataVersion: image.features["metadata.version"] ?? Controller.latestMetadataVersion)
            image.offset = end - 1
            controller.image = image
            park(until: end) { error in then(error.map { .failure($0) } ?? .success(decision.reply)) }
        } catch {
            logger.error("a change of the metadata could not be written", metadata: ["error": "\(error)"])
            then(.failure(ControllerError(.kafkaStorageError, "The metadata log cannot be written: \(error)")))
        }
    }

    private func park(until offset: Offset, answer: @escaping (ControllerError?) -> Void) {
        parked.append(Parked(offset: offset, answer: answer))
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        // Behind the decisions that are queued already, so that one flush serves them all.
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { bound.value.flush() }
    }

    private func flush() {
        isFlushScheduled = false
        do {
            try quorum.flush()
            try applyCommitted()
        } catch { fail(error) }
    }

    private func fail(_ error: any Error) {
        logger.critical("the metadata log failed; nothing more is decided", metadata: ["error": "\(error)"])
        isStopped = true
        status.set(.failed)
        let failure = ControllerError(.kafkaStorageError, "The metadata log failed: \(error)")
        for parked in parked { parked.answer(failure) }
        parked = []
    }

    private func applyCommitted() throws {
        var delta = MetadataDelta()
        try quorum.forEachCommittedBatch(from: committed.image.offset + 1) { batch in
            try committed.apply(batch, to: &delta)
        }
        for publisher in publishers { publisher(delta, committed.image) }
        let end = committed.image.offset + 1
        let due = parked.prefix { $0.offset <= end }
        parked.removeFirst(due.count)
        for parked in due { parked.answer(nil) }
        // Without a snapshot nothing is lost, the log has it all; the next change tries again.
        do { try quorum.snapshotIfDue(committed.image) } catch {
            logger.error("a snapshot of the metadata could not be written", metadata: ["error": "\(error)"])
        }
    }

    func stop() {
        isStopped = true
        timer?.cancel()
        status.set(.stopped)
        if !parked.isEmpty { flush() }
        quorum.stop()
    }
}
