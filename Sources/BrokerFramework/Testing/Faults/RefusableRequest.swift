internal import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire

/// Whether something with this name and id, one of which may be missing, is the topic that is meant.
typealias TopicMatch = @Sendable (_ name: String, _ id: TopicID) -> Bool

/// A request for which there is an answer that refuses all of it, with more than one error at the top.
protocol RefusableRequest: WireRequest {
    func refusal(_ error: ErrorCode) -> Response
}

/// A request that can be about a topic, and about another one.
protocol TopicalRequest: WireRequest {
    func names(_ matching: TopicMatch) -> Bool
}

/// A request whose topics stand for themselves: some can be refused, and the others handled.
protocol TopicwiseRequest: RefusableRequest, TopicalRequest {
    associatedtype Topic
    associatedtype TopicAnswer
    static var paths: TopicPaths<Self, Topic, TopicAnswer> { get }
}

/// Where a request has its topics, and its answer what became of them.
struct TopicPaths<Request: WireRequest, Topic, TopicAnswer> {
    let topics: WritableKeyPath<Request, [Topic]>
    let name: KeyPath<Topic, String>
    /// Nil if the API knows topics by name only.
    let id: KeyPath<Topic, TopicID>?
    let answers: WritableKeyPath<Request.Response, [TopicAnswer]>

    init(
        _ topics: WritableKeyPath<Request, [Topic]>, name: KeyPath<Topic, String>, id: KeyPath<Topic, TopicID>? = nil,
        answers: WritableKeyPath<Request.Response, [TopicAnswer]>
    ) {
        self.topics = topics
        self.name = name
        self.id = id
        self.answers = answers
    }

    func matches(_ topic: Topic, _ matching: TopicMatch) -> Bool {
        matching(topic[keyPath: name], id.map { topic[keyPath: $0] } ?? .zero)
    }
}

/// A request that changes nothing, so that it can be handled first, and its answer turned into an error. What it is about
/// stands in the answer: a fetch of a session does not name what it asks for.
protocol ReadingRequest: TopicalRequest where Response: FailableAnswer {}

/// An answer that can become an error.
protocol FailableAnswer: WireResponse {
    func names(_ matching: TopicMatch) -> Bool
    /// Puts the error at the topics that match, at all if there is nothing to match; false if there is no place for it.
    mutating func fail(with error: ErrorCode, _ matching: TopicMatch?) -> Bool
}

extension WireRequest {
    /// The answer that refuses all of the request; nil if its API has none.
    func answer(refusing error: ErrorCode) -> Response? {
        if let request = self as? any RefusableRequest { return request.refusal(error) as? Response }
        guard let type = Response.self as? any TopLevelErrorResponse.Type else { return nil }
        return type.init(topLevelError: error) as? Response
    }
}

extension TopicwiseRequest {
    func names(_ matching: TopicMatch) -> Bool {
        self[keyPath: Self.paths.topics].contains { Self.paths.matches($0, matching) }
    }

    /// What is to be refused, and what is left to be handled, if anything.
    func split(_ matching: TopicMatch) -> (refused: any RefusableRequest, rest: (any WireRequest)?) {
        let paths = Self.paths
        var (refused, rest) = (self, self)
        refused[keyPath: paths.topics].removeAll { !paths.matches($0, matching) }
        rest[keyPath: paths.topics].removeAll { paths.matches($0, matching) }
        return (refused, rest[keyPath: paths.topics].isEmpty ? nil : rest)
    }

    /// The answer to some topics, and to the others.
    static func joining(_ answer: any WireResponse, _ refusal: any WireResponse) -> (any WireResponse)? {
        guard var answer = answer as? Response, let refusal = refusal as? Response else { return nil }
        answer[keyPath: paths.answers] += refusal[keyPath: paths.answers]
        return answer
    }
}
