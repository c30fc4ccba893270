import BrokerPrimitives
import BrokerWire
import NIOCore
import Testing

/// Messages whose bytes were worked out by hand from the protocol's rules.
@Suite struct GoldenBytesTests {
    /// Both directions: the value gives these bytes, and these bytes the value.
    private func check<Message: WireMessage>(
        _ message: Message, _ version: Int16, _ hex: String, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let bytes = ByteBuffer(hex: hex)
        #expect(try message.encode(version: version).hex == bytes.hex, sourceLocation: location)
        #expect(try Message.decode(bytes, version: version) == message, sourceLocation: location)
    }

    private let id = KafkaUUID(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F)
    private let idHex = "000102030405060708090a0b0c0d0e0f"

    @Test func `ApiVersions requests`() throws {
        try check(ApiVersionsRequest(), 0, "")
        let request = ApiVersionsRequest(clientSoftwareName: "abc", clientSoftwareVersion: "1.0")
        try check(request, 3, "04 616263  04 312e30  00")
    }

    @Test func `ApiVersions responses`() throws {
        let key = ApiVersionsResponse.ApiVersion(apiKey: 18, minVersion: 0, maxVersion: 4)
        try check(
            ApiVersionsResponse(errorCode: .unsupportedVersion, apiKeys: [key]), 0, "0023  00000001 0012 0000 0004")
        let response = ApiVersionsResponse(
            apiKeys: [key], supportedFeatures: [.init(name: "f", minVersion: 0, maxVersion: 1)],
            finalizedFeaturesEpoch: 5)
        try check(
            response, 3,
            """
            0000  02 0012 0000 0004 00  00000000
            02  00 08 02 02 66 0000 0001 00  01 08 0000000000000005
            """)
    }

    @Test func `Metadata requests`() throws {
        try check(MetadataRequest(topics: nil), 1, "ffffffff")
        try check(MetadataRequest(topics: []), 1, "00000000")
        try check(MetadataRequest(topics: [.init(name: "a")]), 9, "02 02 61 00  01 00 00  00")
        let byID = MetadataRequest(topics: [.init(topicID: id, name: nil)], includeTopicAuthorizedOperations: true)
        try check(byID, 12, "02 \(idHex) 00 00  01 01  00")
    }

    @Test func `Metadata responses`() throws {
        let response = MetadataResponse(
            brokers: [.init(nodeID: 1, host: "h", port: 9092, rack: nil)], clusterID: "c", controllerID: 1,
            topics: [
                .init(
                    errorCode: .none, name: "a", topicID: id, isInternal: false,
                    partitions: [
                        .init(
                            partitionIndex: 0, leaderID: 1, leaderEpoch: 2, replicaNodes: [1], isrNodes: [1],
                            offlineReplicas: [])
                    ])
            ])
        try check(
            response, 12,
            """
            00000000
            02 00000001 02 68 00002384 00 00
            02 63  00000001
            02 0000 02 61 \(idHex) 00
               02 0000 00000000 00000001 00000002 02 00000001 02 00000001 01 00
               80000000 00
            00
            """)
    }

    @Test func `Produce requests`() throws {
        let records = RecordsPayload.bytes(ByteBuffer(bytes: [1, 2, 3]))
        let request = ProduceRequest(
            acks: -1, timeoutMs: 1000,
            topicData: [.init(name: "a", partitionData: [.init(index: 0, records: records)])])
        try check(request, 3, "ffff ffff 000003e8  00000001 0001 61  00000001 00000000 00000003 010203")
        try check(request, 9, "00 ffff 000003e8  02 02 61  02 00000000 04 010203 00  00  00")
    }

    @Test func `Fetch requests`() throws {
        var request = FetchRequest(
            maxWaitMs: 500, minBytes: 1, maxBytes: 1_048_576, isolationLevel: 1,
            topics: [.init(topic: "a", partitions: [.init(partition: 0, fetchOffset: 7, partitionMaxBytes: 65536)])])
        try check(
            request, 4,
            "ffffffff 000001f4 00000001 00100000 01  00000001 0001 61  00000001 00000000 0000000000000007 00010000")
        request.clusterID = "c"
        request.topics[0].partitions[0].currentLeaderEpoch = 5
        try check(
            request, 12,
            """
            ffffffff 000001f4 00000001 00100000 01  00000000 ffffffff
            02 02 61  02 00000000 00000005 0000000000000007 ffffffff ffffffffffffffff 00010000 00  00
            01  01  01 00 02 02 63
            """)
        request.topics[0].topic = ""
        request.topics[0].topicID = id
        request.clusterID = nil
        request.replicaState = .init(replicaID: 2, replicaEpoch: 9)
        try check(
            request, 15,
            """
            000001f4 00000001 00100000 01  00000000 ffffffff
            02 \(idHex)  02 00000000 00000005 0000000000000007 ffffffff ffffffffffffffff 00010000 00  00
            01  01  01 01 0d 00000002 0000000000000009 00
            """)
    }

    @Test func `JoinGroup requests`() throws {
        var request = JoinGroupRequest(
            groupID: "g", sessionTimeoutMs: 10000, protocolType: "consumer",
            protocols: [.init(name: "range", metadata: ByteBuffer(bytes: [10, 11]))])
        try check(
            request, 0, "0001 67 00002710 0000 0008 636f6e73756d6572  00000001 0005 72616e6765 00000002 0a0b")
        request.rebalanceTimeoutMs = 1
        request.groupInstanceID = "i"
        try check(
            request, 6,
            "02 67 00002710 00000001 01 02 69 09 636f6e73756d6572  02 06 72616e6765 03 0a0b 00  00")
    }

    @Test func `a message that is never flexible`() throws {
        try check(SaslHandshakeRequest(mechanism: "PLAIN"), 1, "0005 504c41494e")
    }

    @Test func `an absent and a present struct`() throws {
        var response = ConsumerGroupHeartbeatResponse(memberEpoch: 1, heartbeatIntervalMs: 5)
        try check(response, 0, "00000000 0000 00 00 00000001 00000005 ff 00")
        response.assignment = .init(topicPartitions: [.init(topicID: id, partitions: [3])])
        try check(response, 0, "00000000 0000 00 00 00000001 00000005 01 02 \(idHex) 02 00000003 00 00 00")
    }

    @Test func `a tagged field of more than 127 bytes has a longer size`() throws {
        let cluster = String(repeating: "c", count: 200)
        let request = FetchRequest(clusterID: cluster)
        let bytes = try request.encode(version: 12)
        // Tag 0, size 202 in two bytes, then length 201 in two bytes.
        #expect(bytes.hex.contains("0100" + "ca01" + "c901" + String(repeating: "63", count: 200)))
        #expect(try FetchRequest.decode(bytes, version: 12) == request)
    }

    @Test func `coordinator records carry their type and version in front`() throws {
        let key = OffsetCommitKey(group: "g", topic: "t", partition: 3)
        let value = OffsetCommitValue(offset: 9, leaderEpoch: 2, metadata: "", commitTimestamp: 5)
        let record = GroupCoordinatorRecord.offsetCommit(key, value)
        let keyBytes = try record.encodedKey()
        let valueBytes = try record.encodedValue(version: 3)
        #expect(keyBytes.hex == "0001" + "000167" + "000174" + "00000003")
        #expect(valueBytes?.hex == "0003" + "0000000000000009" + "00000002" + "0000" + "0000000000000005")
        #expect(try GroupCoordinatorRecord(key: keyBytes, value: valueBytes) == record)
        #expect(try GroupCoordinatorRecord(key: keyBytes, value: nil) == .offsetCommit(key, nil))
        #expect(try GroupCoordinatorRecord(key: ByteBuffer(hex: "0063 00"), value: nil) == .unknown(type: 99))
    }

    @Test func `metadata records carry frame, type and version in front`() throws {
        let topic = MetadataRecord.topic(TopicRecord(name: "a", topicID: id))
        let bytes = try topic.encodeFramed(version: 0)
        #expect(bytes.hex == "010200" + "0261" + idHex + "00")
        let decoded = try MetadataRecord.decodeFramed(bytes)
        #expect(decoded.record == topic)
        #expect(decoded.version == 0)

        let change = MetadataRecord.partitionChange(PartitionChangeRecord(partitionID: 1, topicID: id, leader: 3))
        #expect(try change.encodeFramed(version: 1).hex == "010501" + "00000001" + idHex + "01" + "0104" + "00000003")
    }

    @Test func `a metadata record of an unknown kind is an error`() {
        for (hex, reason) in [
            ("02 02 00", WireError.Reason.unknownType(2)), ("01 7f 00", .unknownType(127)),
            ("01 02 05", .unsupportedVersion), ("01", .truncated(needed: 1, available: 0)),
        ] {
            let error = #expect(throws: WireError.self) { try MetadataRecord.decodeFramed(ByteBuffer(hex: hex)) }
            #expect(error?.reason == reason)
        }
    }

    @Test func `control records`() throws {
        let marker = try CoordinatorRecordFrame.encodeValue(EndTxnMarker(coordinatorEpoch: 7), version: 0)
        #expect(marker.hex == "0000" + "00000007")
        let key = try CoordinatorRecordFrame.encodeValue(ControlRecordKey(type: 2), version: 0)
        #expect(key.hex == "0000" + "0002")
        let change = LeaderChangeMessage(
            version: 0, leaderID: 1, voters: [.init(voterID: 1)], grantingVoters: [.init(voterID: 1)])
        try check(change, 0, "0000 00000001 02 00000001 00 02 00000001 00 00")
    }

    @Test func `a control record of the metadata log says itself in which version it is`() throws {
        for version: Int16 in 0...1 {
            let directory = version == 0 ? KafkaUUID.zero : id
            let change = LeaderChangeMessage(
                version: version, leaderID: 1, voters: [.init(voterID: 2, voterDirectoryID: directory)])
            let bytes = try change.encode(version: version)
            #expect(try ControlRecordBody.decode(LeaderChangeMessage.self, bytes) == change)
        }
        let error = #expect(throws: WireError.self) {
            try ControlRecordBody.decode(LeaderChangeMessage.self, ByteBuffer(hex: "ffff 00000001"))
        }
        #expect(error?.reason == .unsupportedVersion)
    }

    @Test func `a subscription newer than known is read as the newest known`() throws {
        let newest = ConsumerProtocolSubscription(topics: ["a"], generationID: 4, rackID: "r")
        let bytes = try ConsumerProtocol.encode(newest, version: 3)
        #expect(bytes.hex == "0003" + "00000001" + "000161" + "ffffffff" + "00000000" + "00000004" + "000172")
        var newer = ByteBuffer(hex: "0009")
        newer.writeBytes(bytes.readableBytesView.dropFirst(2))
        newer.writeBytes([1, 2, 3])
        #expect(try ConsumerProtocol.decodeSubscription(newer) == newest)
    }
}
