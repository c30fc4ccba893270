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
        let rules = faults.rules(for: Request.apiKey, clientID: call.context.clientID)
        guard let rule = rules.first(where: { $0.topic.map { names(request, $0) } ?? true }) else {
            return proceed(request, noted)
        }
        switch rule.effect {
        case .fail(let error): fail(request, with: error, rule, noted, proceed)
        case .hold(let duration):
            guard faults.strike(rule.id) else { return proceed(request, noted) }
            proceed(request, held(noted, rule, duration))
        case .drop(let moment):
            guard faults.strike(rule.id) else { return proceed(request, noted) }
            switch moment {
            case .beforeHandling: noted.close()
            case .afterHandling: proceed(request, noted.diverted { _ in noted.close() })
            }
        }
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

    /// Whether a request could be about a topic. A fetch of a session does not name what it asks for; the answer does.
    private func names(_ request: some WireRequest, _ topic: String) -> Bool {
        if request is any AnswerFailingRequest { return true }
        guard let request = request as? any TopicwiseRequest else { return false }
        return request.names(matching(topic))
    }

    private func matching(_ topic: String?) -> TopicMatch {
        guard let topic else { return { _, _ in true } }
        return { [metadata] name, id in
            name == topic || id != .zero && metadata.image.topics[topic]?.id == id
        }
    }

    // MARK: Failing

    private func fail<Request: WireRequest>(
        _ request: Request, with error: ErrorCode, _ rule: FaultRule, _ call: Call<Request>,
        _ proceed: @escaping @Sendable (Request, Call<Request>) -> Void
    ) {
        let matching = matching(rule.topic)
        if let type = Request.self as? any AnswerFailingRequest.Type {
            return proceed(
                request,
                call.diverted { [self] end in
                    call.end(failed(end, type, rule, error, matching))
                })
        }
        guard faults.strike(rule.id) else { return proceed(request, call) }
        if (request as? ProduceRequest)?.acks == 0 { return call.close() }
        if rule.topic != nil, let split = (request as? any TopicwiseRequest)?.split(matching) {
            guard let refusal = split.refused.refusal(error) as? Request.Response else { return call.close() }
            guard let rest = split.rest as? Request else { return call.respond(refusal) }
            return proceed(rest, call.diverted { end in call.end(end.joined(with: refusal, in: Request.self)) })
        }
        guard let answer = (request as? any RefusableRequest)?.refusal(error) as? Request.Response else {
            // There is no way to say it.
            return call.close()
        }
        call.respond(answer)
    }

    private func failed<Response: WireResponse>(
        _ end: CallEnd<Response>, _ type: any AnswerFailingRequest.Type, _ rule: FaultRule, _ error: ErrorCode,
        _ matching: @escaping TopicMatch
    ) -> CallEnd<Response> {
        guard case .answer(let answer, _, _) = end,
            let failed = type.failing(answer, with: error, rule.topic == nil ? nil : matching) as? Response,
            faults.strike(rule.id)
        else { return end }
        return .answer(failed, regions: [], throttleMilliseconds: 0)
    }

    // MARK: Holding

    private func held<Request: WireRequest>(
        _ call: Call<Request>, _ rule: FaultRule, _ duration: Duration?
    ) -> Call<Request> {
        let deadline = duration.map { timers.now() + $0.wholeNanoseconds }
        return call.diverted { [faults, timers] end in
            let release = Once { call.end(end) }
            faults.hold({ release() }, for: rule.id)
            if let deadline { _ = timers.schedule(at: deadline) { release() } }
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
}
