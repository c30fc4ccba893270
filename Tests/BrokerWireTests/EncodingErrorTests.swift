import BrokerWire
import NIOCore
import Testing

/// What a writer refuses, and what it drops.
@Suite struct EncodingErrorTests {
    private func failure(_ message: some WireMessage, _ version: Int16) -> WireError? {
        #expect(throws: WireError.self) { try message.encode(version: version) }
    }

    @Test func `a value that matters is not lost in a version without its field`() {
        let error = failure(JoinGroupRequest(groupID: "g", groupInstanceID: "i"), 4)
        #expect(error?.reason == .unrepresentable)
        #expect(error?.message == "JoinGroupRequest")
        #expect(error?.version == 4)
        #expect(error?.field == "GroupInstanceId")
        #expect(failure(OffsetFetchRequest(groups: [.init(groupID: "g")]), 7)?.field == "Groups")
    }

    @Test func `an ignorable value is dropped in a version without its field`() throws {
        let request = JoinGroupRequest(groupID: "g", rebalanceTimeoutMs: 5, reason: "why")
        let read = try JoinGroupRequest.decode(request.encode(version: 0), version: 0)
        #expect(read.reason == nil)
        #expect(read.rebalanceTimeoutMs == -1)
        #expect(read.groupID == "g")
    }

    @Test func `a tagged field is refused in versions that lack it`() {
        let response = ProduceResponse(responses: [
            .init(name: "a", partitionResponses: [.init(), .init(currentLeader: .init(leaderID: 1, leaderEpoch: 2))])
        ])
        #expect(failure(response, 9)?.field == "Responses[0].PartitionResponses[1].CurrentLeader")
        #expect(failure(response, 3)?.reason == .unrepresentable)
        #expect(throws: Never.self) { try response.encode(version: 10) }
    }

    @Test func `unknown tagged fields need a flexible version and ascending tags`() {
        let one = UnknownTaggedField(tag: 9, bytes: ByteBuffer())
        #expect(failure(HeartbeatRequest(unknownTaggedFields: [one]), 3)?.reason == .unrepresentable)
        #expect(failure(HeartbeatRequest(unknownTaggedFields: [one, one]), 4)?.reason == .tagOutOfOrder(9))
        let known = UnknownTaggedField(tag: 0, bytes: ByteBuffer())
        #expect(failure(FetchRequest(clusterID: "c", unknownTaggedFields: [known]), 12)?.reason == .tagOutOfOrder(0))
    }

    @Test func `null is refused in versions that do not allow it`() {
        #expect(failure(MetadataRequest(topics: nil), 0)?.reason == .unexpectedNull)
        #expect(failure(MetadataRequest(topics: [.init(name: nil)]), 9)?.field == "Topics[0].Name")
    }

    @Test func `a string longer than its length can say is refused`() {
        let long = String(repeating: "x", count: 32768)
        #expect(failure(SaslHandshakeRequest(mechanism: long), 1)?.reason == .tooLong(32768))
        #expect(failure(HeartbeatRequest(groupID: long), 4)?.field == "GroupId")
    }

    @Test(arguments: ["x", "é", "\u{301}"])
    func `an error message that is too long is cut between two letters`(letter: String) throws {
        let long = String(repeating: letter, count: 40_000)
        let response = IncrementalAlterConfigsResponse(responses: [.init(errorMessage: long)])
        for version in 0...1 as ClosedRange<Int16> {
            let read = try IncrementalAlterConfigsResponse.decode(response.encode(version: version), version: version)
            let message = try #require(read.responses.first?.errorMessage)
            #expect(message.hasSuffix("…") && (32_700...32_767).contains(message.utf8.count))
            #expect(message.unicodeScalars.dropLast().allSatisfy { $0 == letter.unicodeScalars.first })
        }
    }

    @Test func `a deferred payload cannot be encoded into one buffer`() {
        let request = ProduceRequest(topicData: [.init(partitionData: [.init(records: .deferred(byteCount: 3))])])
        let error = failure(request, 9)
        #expect(error?.reason == .deferredPayload)
        #expect(error?.field == "TopicData[0].PartitionData[0].Records")
    }
}
