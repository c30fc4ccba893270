public import NIOCore

/// What a broker learns from the head of a request before it reads the body.
public enum RequestPreamble: Equatable, Sendable {
    /// The body follows in this version.
    case supported(APIKey, RequestHeader)
    /// A known API in a version nobody here speaks. Nothing behind these fields can be read. For ApiVersions the answer is
    /// version 0 with error 35 (KIP-511); for all others the connection is closed.
    case unsupportedVersion(APIKey, version: Int16, correlationID: Int32)
    /// No such API.
    case unknownKey(Int16, version: Int16, correlationID: Int32)

    /// Reads the header from the front of a frame, whose size has been taken off, and leaves the body in `buffer`.
    ///
    /// In the two unsupported cases `buffer` is left as it is.
    public static func decode(consuming buffer: inout ByteBuffer) throws(WireError) -> RequestPreamble {
        let (number, version, correlationID) = try fixedPart(buffer)
        guard let key = APIKey(rawValue: number) else {
            return .unknownKey(number, version: version, correlationID: correlationID)
        }
        guard version >= key.firstVersion, version <= key.lastVersion else {
            return .unsupportedVersion(key, version: version, correlationID: correlationID)
        }
        let header = try RequestHeader.decode(consuming: &buffer, version: key.requestHeaderVersion(version))
        return .supported(key, header)
    }

    /// What every version of the header begins with.
    private static func fixedPart(_ buffer: ByteBuffer) throws(WireError) -> (Int16, Int16, Int32) {
        do {
            return try WireReader.read(buffer) { reader throws(WireError) in
                let number = try reader.int16("RequestApiKey")
                let version = try reader.int16("RequestApiVersion")
                return (number, version, try reader.int32("CorrelationId"))
            }
        } catch {
            throw error.inMessage(RequestHeader.messageName, version: 1)
        }
    }
}

extension RequestHeader {
    /// The version of the body that follows.
    public var version: Int16 { requestApiVersion }
}
