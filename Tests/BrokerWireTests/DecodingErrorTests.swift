import BrokerWire
import NIOCore
import Testing

/// What a reader says about bytes it cannot accept.
@Suite struct DecodingErrorTests {
    private func failure<Message: WireMessage>(_ type: Message.Type, _ version: Int16, _ hex: String) -> WireError? {
        #expect(throws: WireError.self) { try type.decode(ByteBuffer(hex: hex), version: version) }
    }

    @Test func `an error names the message, version, field and position`() throws {
        let topic = FetchRequest.FetchTopic(topic: "t", partitions: [.init(fetchOffset: 1)])
        let bytes = try FetchRequest(topics: [topic, topic]).encode(version: 4)
        let cut = try #require(bytes.getSlice(at: 0, length: bytes.readableBytes - 9))
        let error = #expect(throws: WireError.self) { try FetchRequest.decode(cut, version: 4) }
        #expect(error?.field == "Topics[1].Partitions[0].FetchOffset")
        #expect(error?.reason == .truncated(needed: 8, available: 3))
        #expect(error?.message == "FetchRequest")
        #expect(error?.version == 4)
        #expect(error?.position == bytes.readableBytes - 12)
        #expect(error?.description.contains("FetchRequest v4 Topics[1].Partitions[0].FetchOffset") == true)
    }

    @Test func `elements of plain arrays are counted too`() {
        let error = failure(
            CreatePartitionsRequest.self, 0, "00000001 0001 61 00000003 00000001 00000002 00000001 000000")
        #expect(error?.field == "Topics[0].Assignments[0].BrokerIds[1]")
    }

    @Test func `counts are held against the bytes that are left`() {
        #expect(failure(MetadataRequest.self, 1, "7fffffff")?.reason == .excessiveCount(2_147_483_647))
        #expect(failure(MetadataRequest.self, 9, "ffffffff0f")?.reason == .excessiveCount(4_294_967_294))
        #expect(failure(MetadataRequest.self, 1, "00000004 0001 61")?.reason == .excessiveCount(4))
    }

    @Test func `arrays may not take much more memory than the frame`() {
        // Groups of three bytes each become structs of more than 50.
        var frame = ByteBuffer(hex: "c1843d")
        for _ in 0..<1_000_000 { frame.writeBytes([1, 1, 0]) }
        frame.writeBytes([0, 0])
        let error = #expect(throws: WireError.self) { try OffsetFetchRequest.decode(frame, version: 8) }
        #expect(error?.reason == .excessiveMemory)
        #expect(error?.field == "Groups")
    }

    @Test func `lengths below null, and null where it is not allowed`() {
        #expect(failure(MetadataRequest.self, 1, "fffffffe")?.reason == .negativeLength(-2))
        #expect(failure(MetadataRequest.self, 0, "ffffffff")?.reason == .unexpectedNull)
        #expect(failure(SaslHandshakeRequest.self, 0, "ffff")?.reason == .unexpectedNull)
        #expect(failure(ApiVersionsRequest.self, 3, "00 01 00")?.reason == .unexpectedNull)
        #expect(failure(ApiVersionsRequest.self, 3, "00 01 00")?.field == "ClientSoftwareName")
    }

    @Test func `strings that are too long or not UTF-8`() {
        #expect(failure(SaslHandshakeRequest.self, 0, "0005 6161")?.reason == .truncated(needed: 5, available: 2))
        #expect(failure(SaslHandshakeRequest.self, 0, "0002 c328")?.reason == .invalidUTF8)
        #expect(failure(SaslHandshakeRequest.self, 0, "0003 eda080")?.reason == .invalidUTF8)
    }

    @Test func `a compact string cannot be longer than a plain one`() {
        // 32768 bytes: the length is written as 32769.
        let text = String(repeating: "61", count: 32768)
        #expect(failure(ApiVersionsRequest.self, 3, "818002" + text + "0100")?.reason == .tooLong(32768))
        let longest = "808002" + text.dropLast(2) + "0100"
        #expect(throws: Never.self) { try ApiVersionsRequest.decode(ByteBuffer(hex: longest), version: 3) }
    }

    @Test func `variable-length integers end within 32 bits`() {
        #expect(failure(ApiVersionsRequest.self, 3, "8080808010")?.reason == .malformedVarint)
        #expect(failure(ApiVersionsRequest.self, 3, "ffffffffff01")?.reason == .malformedVarint)
        #expect(failure(ApiVersionsRequest.self, 3, "ffff")?.reason == .truncated(needed: 1, available: 0))
        // Longer than needed, but not too long: Kafka reads it, and so do we.
        #expect(throws: Never.self) { try ApiVersionsRequest.decode(ByteBuffer(hex: "8100 01 00"), version: 3) }
    }

    @Test func `tagged fields ascend and fill their size`() {
        #expect(failure(ApiVersionsRequest.self, 3, "01 01 02 05 00 05 00")?.reason == .tagOutOfOrder(5))
        #expect(failure(ApiVersionsRequest.self, 3, "01 01 02 05 00 04 00")?.reason == .tagOutOfOrder(4))
        #expect(
            failure(ApiVersionsRequest.self, 3, "01 01 01 05 09 00")?.reason == .truncated(needed: 9, available: 1))
        // FinalizedFeaturesEpoch with a byte too many, and one too few.
        let head = "0000 01 00000000 01 01"
        #expect(
            failure(ApiVersionsResponse.self, 3, head + "09 000000000000000500")?.reason == .tagSizeMismatch(unread: 1))
        #expect(
            failure(ApiVersionsResponse.self, 3, head + "07 0000000000000005")?.reason
                == .truncated(needed: 8, available: 7))
    }

    @Test func `unknown tagged fields are kept`() throws {
        let bytes = ByteBuffer(hex: "01 01 02 05 01 aa 07 02 bbcc")
        let request = try ApiVersionsRequest.decode(bytes, version: 3)
        #expect(
            request.unknownTaggedFields == [
                UnknownTaggedField(tag: 5, bytes: ByteBuffer(hex: "aa")),
                UnknownTaggedField(tag: 7, bytes: ByteBuffer(hex: "bbcc")),
            ])
        #expect(try request.encode(version: 3) == bytes)
    }

    @Test func `a slice of a larger buffer is read from its reader index`() throws {
        var buffer = ByteBuffer(hex: "aabbcc 0005 504c41494e dd")
        buffer.moveReaderIndex(forwardBy: 3)
        #expect(try SaslHandshakeRequest.decode(consuming: &buffer, version: 1).mechanism == "PLAIN")
        #expect(buffer.hex == "dd")

        var produce = ByteBuffer(hex: "aabb ffff ffff 000003e8 00000001 0001 61 00000001 00000000 00000003 010203")
        produce.moveReaderIndex(forwardBy: 2)
        let request = try ProduceRequest.decode(produce, version: 3)
        #expect(request.topicData[0].partitionData[0].records?.buffer?.hex == "010203")
    }
}
