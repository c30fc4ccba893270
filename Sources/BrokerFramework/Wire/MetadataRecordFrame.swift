public import NIOCore

/// A record of the metadata log.
public protocol WireMetadataRecord: WireMessage {
    /// The number that stands in front of the record.
    static var recordType: UInt32 { get }
}

extension WireMetadataRecord {
    /// The value of a log record: frame version 1, the record's type and version as unsigned varints, then its fields.
    ///
    /// Source: Kafka's metadata log.
    public func encodeFramed(version: Int16) throws(WireError) -> ByteBuffer {
        guard Self.validVersions.contains(version) else {
            throw WireError(.unsupportedVersion, message: Self.messageName, version: version)
        }
        var writer = WireWriter(splicing: .never)
        writer.unsignedVarint(MetadataRecord.frameVersion)
        writer.unsignedVarint(Self.recordType)
        writer.unsignedVarint(UInt32(version))
        try writer.message(self, version: version)
        return writer.copy()
    }
}

extension MetadataRecord {
    /// The only frame there is.
    package static let frameVersion: UInt32 = 1

    /// Reads the value of a log record.
    ///
    /// - Returns: the record and the version it was written in.
    /// - Throws: `unknownType` for a frame or a record of an unknown kind, which must not be skipped: metadata that cannot
    ///   be understood is missing.
    public static func decodeFramed(_ buffer: ByteBuffer) throws(WireError) -> (record: MetadataRecord, version: Int16)
    {
        var name = "MetadataRecord"
        var version: Int16 = -1
        do {
            return try WireReader.read(buffer) { reader throws(WireError) in
                let frame = try reader.unsignedVarint("frame version")
                guard frame == frameVersion else {
                    throw WireError(.unknownType(Int(frame)), field: "frame version", position: reader.position)
                }
                let number = try reader.unsignedVarint("record type")
                guard let type = type(number) else {
                    throw WireError(.unknownType(Int(number)), field: "record type", position: reader.position)
                }
                name = type.messageName
                let written = try reader.unsignedVarint("record version")
                guard let exact = Int16(exactly: written), type.validVersions.contains(exact) else {
                    throw WireError(.unsupportedVersion, field: "record version", position: reader.position)
                }
                version = exact
                guard let record = try MetadataRecord(type: number, version: exact, from: &reader) else {
                    throw WireError(.unknownType(Int(number)), field: "record type", position: reader.position)
                }
                try reader.expectEnd()
                return (record, exact)
            }
        } catch {
            throw error.inMessage(name, version: version)
        }
    }

    /// The value of a log record.
    public func encodeFramed(version: Int16) throws(WireError) -> ByteBuffer {
        try content.encodeFramed(version: version)
    }
}
