public import NIOCore

/// The values of the control records of the metadata log, whose first field, `Version`, is the version they are in.
///
/// Transaction markers are not of this kind: there the version stands in front, see `CoordinatorRecordFrame`.
public enum ControlRecordBody {
    /// Reads a value in the version its first field names; one newer than known is read as the newest known.
    public static func decode<Message: WireMessage>(
        _ type: Message.Type, _ buffer: ByteBuffer
    ) throws(WireError) -> Message {
        var rest = buffer
        guard let written: Int16 = rest.getInteger(at: rest.readerIndex) else {
            throw WireError(
                .truncated(needed: 2, available: rest.readableBytes), message: Message.messageName, field: "Version")
        }
        return try Message.decode(consuming: &rest, version: min(written, Message.validVersions.upperBound))
    }
}
