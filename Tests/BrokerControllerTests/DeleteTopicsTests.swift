import BrokerController
import BrokerMetadata
import BrokerPrimitives
import BrokerWire
import Testing

struct DeleteTopicsTests {
    private typealias Rights = Controller.TopicRights
    private static let all = Rights(mayDescribe: true, mayDelete: true)

    private func delete(
        _ cluster: inout Cluster, _ topics: [DeleteTopicsRequest.DeleteTopicState], version: Int16 = 6,
        rights: [String: Rights] = [:]
    ) throws -> [DeleteTopicsResponse.DeletableTopicResult] {
        var request = DeleteTopicsRequest(topics: topics)
        if version < 6 { request = DeleteTopicsRequest(topicNames: topics.compactMap(\.name)) }
        return try cluster.decide { controller, _ in
            controller.deleteTopics(request, version: version) { rights[$0] ?? Self.all }
        }.responses
    }

    private func cluster(_ settings: [String: String] = [:]) throws -> Cluster {
        var cluster = try Cluster(brokers: 1, settings)
        _ = try cluster.create(.automatic("a"), .automatic("b"), .automatic("c"))
        return cluster
    }

    @Test func `topics are deleted by name and by id`() throws {
        var cluster = try cluster()
        let (a, b) = (try cluster.topic("a").id, try cluster.topic("b").id)
        let results = try delete(&cluster, [.init(name: "a"), .init(topicID: b)])
        #expect(results.map(\.errorCode) == [.none, .none])
        #expect(results.map(\.name) == ["a", "b"] && results.map(\.topicID) == [a, b])
        #expect(cluster.controller.image.topics.names == ["c"])
    }

    @Test func `old versions delete by name`() throws {
        var cluster = try cluster()
        #expect(
            try delete(&cluster, [.init(name: "a"), .init(name: "x")], version: 5).map(\.errorCode)
                == [.none, .unknownTopicOrPartition])
        #expect(cluster.controller.image.topics.names == ["b", "c"])
    }

    @Test func `what is not there is told as such`() throws {
        var cluster = try cluster()
        let a = try cluster.topic("a").id
        let results = try delete(
            &cluster, [.init(name: "x"), .init(topicID: id(99)), .init(), .init(name: "a", topicID: a)])
        #expect(
            results.map(\.errorCode) == [.unknownTopicOrPartition, .unknownTopicId, .invalidRequest, .invalidRequest])
        #expect(cluster.controller.image.topics.count == 3)
    }

    @Test func `without the right to delete a topic stays`() throws {
        var cluster = try cluster()
        let (a, b) = (try cluster.topic("a").id, try cluster.topic("b").id)
        let rights = [
            "a": Rights(mayDescribe: true, mayDelete: false), "b": Rights(mayDescribe: false, mayDelete: false),
            "x": Rights(mayDescribe: false, mayDelete: false),
        ]
        let results = try delete(
            &cluster, [.init(topicID: a), .init(topicID: b), .init(name: "c")], rights: rights)
        #expect(results.map(\.errorCode) == [.topicAuthorizationFailed, .topicAuthorizationFailed, .none])
        #expect(results[0].name == "a" && results[1].name == nil, "a name is told to those who may see it")
        #expect(results[0].topicID == a && results[1].topicID == b)
        #expect(cluster.controller.image.topics.names == ["a", "b"])
    }

    @Test func `who may not delete a name is not told whether it exists`() throws {
        var cluster = try cluster()
        let none = Rights(mayDescribe: false, mayDelete: false)
        let results = try delete(
            &cluster, [.init(name: "a"), .init(name: "nothing")], rights: ["a": none, "nothing": none])
        #expect(results.map(\.errorCode) == [.topicAuthorizationFailed, .topicAuthorizationFailed])
        #expect(results.map(\.topicID) == [.zero, .zero])
        #expect(results.map(\.errorMessage)[0] == results.map(\.errorMessage)[1])
    }

    @Test func `a topic that is named twice is kept`() throws {
        var cluster = try cluster()
        let b = try cluster.topic("b").id
        let results = try delete(
            &cluster,
            [.init(name: "a"), .init(name: "a"), .init(name: "b"), .init(topicID: b), .init(name: "c")])
        #expect(
            results.map(\.errorCode)
                == [.invalidRequest, .invalidRequest, .invalidRequest, .invalidRequest, .none])
        #expect(cluster.controller.image.topics.names == ["a", "b"])
    }

    @Test(
        arguments: [(1, .invalidRequest), (5, .topicDeletionDisabled), (6, .topicDeletionDisabled)]
            as [(Int16, ErrorCode)])
    func `deletion can be switched off`(version: Int16, code: ErrorCode) throws {
        var cluster = try cluster(["delete.topic.enable": "false"])
        #expect(try delete(&cluster, [.init(name: "a")], version: version).map(\.errorCode) == [code])
        #expect(cluster.controller.image.topics.count == 3)
    }
}
