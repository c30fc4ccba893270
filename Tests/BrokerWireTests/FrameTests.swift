import BrokerPrimitives
import BrokerWire
import NIOCore
import Testing

/// Whole frames: size, header, body, and payloads that are sent from elsewhere.
@Suite struct FrameTests {
    private func fetchResponse(_ records: [RecordsPayload?]) -> FetchResponse {
        FetchResponse(responses: [
            .init(topic: "a", partitions: records.map { .init(highWatermark: 5, records: $0) })
        ])
    }

    /// Puts the deferred payloads where they belong.
    private func flattened(_ encoded: EncodedBytes, _ payloads: [ByteBuffer]) -> ByteBuffer {
        var result = ByteBuffer()
        for piece in encoded.pieces() {
            switch piece {
            case .bytes(let bytes): result.writeImmutableBuffer(bytes)
            case .deferred(let index, let byteCount):
                #expect(payloads[index].readableBytes == byteCount)
                result.writeImmutableBuffer(payloads[index])
            }
        }
        return result
    }

    @Test func `a response frame is size, header and body`() throws {
        let heartbeat = HeartbeatResponse(errorCode: .rebalanceInProgress)
        let old = try FrameEncoder.response(heartbeat, version: 0, correlationID: 7)
        #expect(old.bytes.hex == "00000006" + "00000007" + "001b")
        let flexible = try FrameEncoder.response(heartbeat, version: 4, correlationID: 7)
        #expect(flexible.bytes.hex == "0000000c" + "00000007" + "00" + "00000000" + "001b" + "00")
        #expect(flexible.splices.isEmpty)
    }

    @Test func `an ApiVersions response has the old header in every version`() throws {
        for version in ApiVersionsResponse.validVersions {
            let frame = try FrameEncoder.response(ApiVersionsResponse(), version: version, correlationID: 1)
            #expect(frame.bytes.hex.dropFirst(8).hasPrefix("00000001" + "0000"))
            #expect(APIKey.apiVersions.responseHeaderVersion(version) == 0)
        }
    }

    @Test func `a request frame is read back by the preamble`() throws {
        for version in JoinGroupRequest.validVersions {
            let request = JoinGroupRequest(groupID: "g", sessionTimeoutMs: 1, memberID: "m", protocolType: "consumer")
            var frame = try FrameEncoder.request(request, version: version, correlationID: 42, clientID: "me").bytes
            let size: Int32? = frame.readInteger()
            #expect(size.map(Int.init) == frame.readableBytes)
            guard case .supported(let key, let header) = try RequestPreamble.decode(consuming: &frame) else {
                Issue.record("not supported")
                continue
            }
            #expect(key == .joinGroup)
            #expect(header.version == version)
            #expect(header.correlationID == 42)
            #expect(header.clientID == "me")
            #expect(try JoinGroupRequest.decode(frame, version: version) == request)
        }
    }

    @Test func `a request that nobody understands still gives its correlation id`() throws {
        var newer = ByteBuffer(hex: "0012 0063 0000002a ffff")
        #expect(
            try RequestPreamble.decode(consuming: &newer)
                == .unsupportedVersion(.apiVersions, version: 99, correlationID: 42))
        var negative = ByteBuffer(hex: "0012 ffff 0000002a ffff")
        #expect(
            try RequestPreamble.decode(consuming: &negative)
                == .unsupportedVersion(.apiVersions, version: -1, correlationID: 42))
        for key in ["0004", "005d", "ffff", "7fff"] {
            var unknown = ByteBuffer(hex: key + "0001 0000002a")
            guard case .unknownKey(_, version: 1, correlationID: 42) = try RequestPreamble.decode(consuming: &unknown)
            else {
                Issue.record("\(key) is known")
                continue
            }
        }
        var short = ByteBuffer(hex: "0012 0003 0000")
        let error = #expect(throws: WireError.self) { try RequestPreamble.decode(consuming: &short) }
        #expect(error?.field == "CorrelationId")
    }

    @Test func `deferred payloads leave holes of the right size in the right places`() throws {
        for version in FetchResponse.validVersions {
            let payloads = [ByteBuffer(repeating: 1, count: 100), ByteBuffer(repeating: 2, count: 70_000)]
            let deferred = fetchResponse([
                .deferred(byteCount: 100), .bytes(ByteBuffer(repeating: 9, count: 3)), nil,
                .deferred(byteCount: 70_000),
            ])
            let full = fetchResponse([
                .bytes(payloads[0]), .bytes(ByteBuffer(repeating: 9, count: 3)), nil, .bytes(payloads[1]),
            ])
            let encoded = try FrameEncoder.response(deferred, version: version, correlationID: 3)
            let whole = try FrameEncoder.response(full, version: version, correlationID: 3, spliceThreshold: .max)
            #expect(encoded.splices.count == 2)
            #expect(whole.splices.isEmpty)
            #expect(encoded.byteCount == whole.byteCount)
            #expect(flattened(encoded, payloads) == whole.bytes)
            #expect(whole.bytes.getInteger(at: 0, as: Int32.self).map(Int.init) == whole.byteCount - 4)
        }
    }

    @Test func `large payloads in memory are spliced, small ones copied`() throws {
        let large = ByteBuffer(repeating: 7, count: 1000)
        let small = ByteBuffer(repeating: 8, count: 999)
        let encoded = try FrameEncoder.response(
            fetchResponse([.bytes(large), .bytes(small)]), version: 4, correlationID: 1, spliceThreshold: 1000)
        #expect(encoded.splices.map(\.payload) == [.bytes(large)])
        let whole = try FrameEncoder.response(
            fetchResponse([.bytes(large), .bytes(small)]), version: 4, correlationID: 1, spliceThreshold: .max)
        #expect(flattened(encoded, []) == whole.bytes)
    }

    @Test func `frames follow each other, and a failed one leaves nothing behind`() throws {
        var encoder = FrameEncoder()
        try encoder.response(HeartbeatResponse(), version: 0, correlationID: 1)
        var bad = fetchResponse([.deferred(byteCount: 10), nil])
        bad.responses[0].partitions[1].currentLeader.leaderID = 4
        do {
            try encoder.response(bad, version: 4, correlationID: 2)
            Issue.record("no error")
        } catch {
            #expect(error.reason == .unrepresentable)
        }
        try encoder.response(fetchResponse([.deferred(byteCount: 10)]), version: 4, correlationID: 3)
        let isFilled = !encoder.isEmpty
        #expect(isFilled)
        let expectedCount = encoder.byteCount
        let taken = encoder.take()
        #expect(taken.byteCount == expectedCount)
        let second = try FrameEncoder.response(
            fetchResponse([.deferred(byteCount: 10)]), version: 4, correlationID: 3)
        #expect(taken.bytes.hex == "00000006" + "00000001" + "0000" + second.bytes.hex)
        #expect(taken.splices.map(\.offset) == second.splices.map { $0.offset + 10 })
        let isEmptied = encoder.isEmpty
        #expect(isEmptied)
        try encoder.response(HeartbeatResponse(), version: 0, correlationID: 1)
        let last = encoder.take()
        #expect(last.bytes.hex == "00000006" + "00000001" + "0000")
    }
}
