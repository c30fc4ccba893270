/// Writes whole frames, size and header included, one behind the other; made to be used again for a connection's lifetime.
///
/// Not safe to use from two threads at once.
public struct FrameEncoder: ~Copyable {
    /// Payloads in memory of at least this size are spliced rather than copied.
    public static let defaultSpliceThreshold = 16_384

    private var writer: WireWriter

    public init(spliceThreshold: Int = FrameEncoder.defaultSpliceThreshold) {
        writer = WireWriter(splicing: .from(byteCount: spliceThreshold))
    }

    /// Whether there is nothing to take.
    public var isEmpty: Bool { writer.count == 0 }

    /// How many bytes the frames so far take on the connection.
    public var byteCount: Int { writer.count + writer.splicedByteCount }

    /// Appends a response. When it throws, nothing is appended.
    public mutating func response<Body: WireResponse>(
        _ body: Body, version: Int16, correlationID: Int32
    ) throws(WireError) {
        let header = ResponseHeader(correlationID: correlationID)
        try frame(header, Body.apiKey.responseHeaderVersion(version), body, version)
    }

    /// Appends a request. When it throws, nothing is appended.
    public mutating func request<Body: WireRequest>(
        _ body: Body, version: Int16, correlationID: Int32, clientID: String?
    ) throws(WireError) {
        let key = Body.apiKey
        let header = RequestHeader(
            requestApiKey: key.rawValue, requestApiVersion: version, correlationID: correlationID, clientID: clientID)
        try frame(header, key.requestHeaderVersion(version), body, version)
    }

    private mutating func frame<Header: WireMessage, Body: WireMessage>(
        _ header: Header, _ headerVersion: Int16, _ body: Body, _ version: Int16
    ) throws(WireError) {
        let start = writer.mark
        let position = writer.count
        let before = writer.count + writer.splicedByteCount
        do throws(WireError) {
            writer.int32(0)
            try writer.message(header, version: headerVersion)
            try writer.message(body, version: version)
            let size = writer.count + writer.splicedByteCount - before - 4
            guard let size = Int32(exactly: size) else {
                throw WireError(.tooLong(size), message: Body.messageName, version: version)
            }
            writer.patch(size, at: position)
        } catch {
            writer.rewind(to: start)
            throw error
        }
    }

    /// Everything appended since the last time; the encoder is empty afterwards.
    public mutating func take() -> EncodedBytes {
        let result = EncodedBytes(bytes: writer.copy(), splices: writer.splices, errorCodes: writer.errorCodes)
        writer.reset()
        return result
    }

    /// One response as a frame.
    public static func response<Body: WireResponse>(
        _ body: Body, version: Int16, correlationID: Int32, spliceThreshold: Int = FrameEncoder.defaultSpliceThreshold
    ) throws(WireError) -> EncodedBytes {
        var encoder = FrameEncoder(spliceThreshold: spliceThreshold)
        try encoder.response(body, version: version, correlationID: correlationID)
        return encoder.take()
    }

    /// One request as a frame.
    public static func request<Body: WireRequest>(
        _ body: Body, version: Int16, correlationID: Int32, clientID: String?,
        spliceThreshold: Int = FrameEncoder.defaultSpliceThreshold
    ) throws(WireError) -> EncodedBytes {
        var encoder = FrameEncoder(spliceThreshold: spliceThreshold)
        try encoder.request(body, version: version, correlationID: correlationID, clientID: clientID)
        return encoder.take()
    }
}
