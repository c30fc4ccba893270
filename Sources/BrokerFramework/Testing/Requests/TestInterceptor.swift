internal import BrokerMetadata
internal import BrokerModel
internal import BrokerNetwork
internal import BrokerPluginAPI
internal import BrokerPrimitives
internal import BrokerRuntime
internal import BrokerWire
internal import BrokerWorld
internal import NIOCore

/// Notes every request, and does to it what the faults say.
final class TestInterceptor: RequestInterceptor {
    private let faults: Faults
    private let log: RequestLog
    private let metadata: MetadataView
    private let world: World
    private let timers: Timers

    init(faults: Faults, log: RequestLog, metadata: MetadataView, world: World, timers: Timers) {
        self.faults = faults
        self.log = log
        self.metadata = metadata
        self.world = world
        self.timers = timers
    }

    func intercept<Request: WireRequest>(
        _ request: Request, _ call: Call<Request>, proceed: @escaping @Sendable (Request, Call<Request>) -> Void
    ) {
        let entry = log.received(
            Self.kept(request), api: Request.apiKey, version: call.version, clientID: call.context.clientID,
            connection: call.peer.id,
            time: world.wallMilliseconds())
        let noted = call.diverted { [log] end in
            log.ended(entry, .init(end))
            call.end(end)
        }
        var later: [FaultRule] = []
        for rule in faults.rules(for: Request.apiKey, clientID: call.context.clientID) {
            if request is any ReadingRequest, rule.canWaitForAnswer(behindOthers: !later.isEmpty) {
                later.append(rule)
                // What comes behind it will never apply.
                if rule.topic == nil { break }
            } else if isAbout(request, rule), faults.strike(rule.id) {
                return meet(request, rule, noted, proceed)
            }
        }
        guard !later.isEmpty else { return proceed(request, noted) }
        let received = timers.now()
        proceed(request, noted.diverted { [self, later] end in decide(end, later, received, noted) })
    }

    /// A request that stays as it was sent: the log stamps the batches of a produce request where they lie.
    private static func kept(_ request: some WireRequest) -> any WireRequest {
        guard var produce = request as? ProduceRequest else { return request }
        for topic in produce.topicData.indices {
            for index in produce.topicData[topic].partitionData.indices {
                guard let sent = produce.topicData[topic].partitionData[index].records?.buffer else { continue }
                produce.topicData[topic].partitionData[index].records = .bytes(
                    ByteBuffer(bytes: sent.readableBytesView))
            }
        }
        return produce
    }

    private func isAbout(_ request: some WireRequest, _ rule: FaultRule) -> Bool {
        guard let matching = matching(rule.topic) else { return true }
        return (request as? any TopicalRequest)?.names(matching) ?? false
    }

    private func matching(_ topic: String?) -> TopicMatch? {
        guard let topic else { return nil }
        return { [metadata] name, id in
            name == topic || id != .zero && metadata.image.topics[topic]?.id == id
        }
    }

    // MARK: Decided on the request

    /// Lets a fault happen to a request.
    private func meet<Request: WireRequest>(
        _ request: Request, _ rule: FaultRule, _ call: Call<Request>,
        _ proceed: @escaping @Sendable (Request, Call<Request>) -> Void
    ) {
        switch rule.effect {
        case .fail(let error): refuse(request, with: error, rule, call, proceed)
        case .hold(let duration):
            let received = timers.now()
            proceed(request, call.diverted { [self] end in hold(end, of: call, rule, duration, since: received) })
        case .drop(.beforeHandling): call.close()
        case .drop(.afterHandling): proceed(request, call.diverted { _ in call.close() })
        }
    }

    private func refuse<Request: WireRequest>(
        _ request: Request, with error: ErrorCode, _ rule: FaultRule, _ call: Call<Request>,
        _ proceed: @escaping @Sendable (Request, Call<Request>) -> Void
    ) {
        if (request as? ProduceRequest)?.acks == 0 { return call.close() }
        if let matching = matching(rule.topic), let split = (request as? any TopicwiseRequest)?.split(matching) {
            guard let refusal = split.refused.refusal(error) as? Request.Response else { return call.close() }
            guard let rest = split.rest as? Request else { return call.respond(refusal) }
            return proceed(rest, call.diverted { end in call.end(end.joined(with: refusal, in: Request.self)) })
        }
        // Without such an answer there is no way to say it.
        guard let answer = request.answer(refusing: error) else { return call.close() }
        call.respond(answer)
    }

    // MARK: Decided on the answer

    /// Lets the first fault that applies to an answer happen to it.
    private func decide<Request: WireRequest>(
        _ end: CallEnd<Request.Response>, _ rules: [FaultRule], _ received: Int64, _ call: Call<Request>
    ) {
        for rule in rules {
            switch rule.effect {
            case .fail(let error):
                guard let failed = end.failed(with: error, matching(rule.topic)), faults.strike(rule.id) else {
                    continue
                }
                return call.end(failed)
            case .hold(let duration):
                guard end.isAbout(matching(rule.topic)), faults.strike(rule.id) else { continue }
                return hold(end, of: call, rule, duration, since: received)
            case .drop:
                guard end.isAbout(matching(rule.topic)), faults.strike(rule.id) else { continue }
                return call.close()
            }
        }
        call.end(end)
    }

    /// - Parameter received: when the request came, on the clock of the timers.
    private func hold<Request: WireRequest>(
        _ end: CallEnd<Request.Response>, of call: Call<Request>, _ rule: FaultRule, _ duration: Duration?,
        since received: Int64
    ) {
        guard let ticket = faults.hold({ call.end(end) }, for: rule.id) else { return call.end(end) }
        guard let duration else { return }
        _ = timers.schedule(at: received + duration.wholeNanoseconds) { [faults] in faults.release(ticket) }
    }
}

extension FaultRule {
    /// Whether it is decided on the answer of a request that only reads.
    ///
    /// - Parameter isBehindOthers: whether rules before it are.
    fileprivate func canWaitForAnswer(behindOthers isBehindOthers: Bool) -> Bool {
        switch effect {
        case .fail: true
        case .drop(.beforeHandling): false
        case .hold, .drop(.afterHandling): topic != nil || isBehindOthers
        }
    }
}

extension CallEnd {
    /// This answer, and what was refused of the same request.
    fileprivate func joined<Request: WireRequest>(
        with refusal: Response, in request: Request.Type
    ) -> CallEnd<Response> {
        guard case .answer(let answer, let regions, let wait) = self, let type = request as? any TopicwiseRequest.Type,
            let joined = type.joining(answer, refusal) as? Response
        else { return self }
        return .answer(joined, regions: regions, throttleMilliseconds: wait)
    }

    /// Whether it tells of a topic; of anything, if there is nothing to match.
    fileprivate func isAbout(_ matching: TopicMatch?) -> Bool {
        guard let matching else { return true }
        guard case .answer(let answer, _, _) = self else { return false }
        return (answer as? any FailableAnswer)?.names(matching) ?? false
    }

    /// The answer with an error in it; nil if it has no place for one.
    fileprivate func failed(with error: ErrorCode, _ matching: TopicMatch?) -> CallEnd<Response>? {
        guard case .answer(let answer, _, _) = self, var answer = answer as? any FailableAnswer,
            answer.fail(with: error, matching), let failed = answer as? Response
        else { return nil }
        // Nothing here comes from a file.
        return .answer(failed, regions: [], throttleMilliseconds: 0)
    }
}
