internal import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire

/// Whether something with this name and id, one of which may be missing, is the topic that is meant.
typealias TopicMatch = @Sendable (_ name: String, _ id: TopicID) -> Bool

/// A request for which there is an answer that refuses all of it.
protocol RefusableRequest: WireRequest {
    func refusal(_ error: ErrorCode) -> Response
}

/// A request whose topics stand for themselves: some can be refused, and the others handled.
protocol TopicwiseRequest: RefusableRequest {
    associatedtype Topic
    var topicItems: [Topic] { get set }
    static func identify(_ topic: Topic) -> (name: String, id: TopicID)
    /// Adds the refusal of some topics to the answer to the others.
    static func append(_ refusal: Response, to answer: inout Response)
}

/// A request that changes nothing, so that it can be handled first and its answer turned into an error: what it is
/// about stands in the answer.
protocol AnswerFailingRequest: WireRequest {
    /// Puts the error at the topics that match, at all if there is nothing to match; false if there is no place for it.
    static func fail(_ answer: inout Response, with error: ErrorCode, _ matching: TopicMatch?) -> Bool
}

extension TopicwiseRequest {
    func names(_ matching: TopicMatch) -> Bool { topicItems.contains { Self.matches($0, matching) } }

    /// What is to be refused, and what is left to be handled, if anything.
    func split(_ matching: TopicMatch) -> (refused: any RefusableRequest, rest: (any WireRequest)?) {
        var (refused, rest) = (self, self)
        refused.topicItems.removeAll { !Self.matches($0, matching) }
        rest.topicItems.removeAll { Self.matches($0, matching) }
        return (refused, rest.topicItems.isEmpty ? nil : rest)
    }

    static func joining(_ answer: any WireResponse, _ refusal: any WireResponse) -> (any WireResponse)? {
        guard var answer = answer as? Response, let refusal = refusal as? Response else { return nil }
        append(refusal, to: &answer)
        return answer
    }

    private static func matches(_ topic: Topic, _ matching: TopicMatch) -> Bool {
        let (name, id) = identify(topic)
        return matching(name, id)
    }
}

extension AnswerFailingRequest {
    static func failing(
        _ answer: any WireResponse, with error: ErrorCode, _ matching: TopicMatch?
    ) -> (any WireResponse)? {
        guard var answer = answer as? Response, fail(&answer, with: error, matching) else { return nil }
        return answer
    }
}
