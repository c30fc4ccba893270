public import NIOCore

/// What classic consumers put into the bytes of JoinGroup and SyncGroup: the version, then the message.
public enum ConsumerProtocol {
    /// The protocol type of consumer groups.
    public static let protocolType = "consumer"

    /// Reads a subscription. A version newer than known is read as the newest known one: later versions only append.
    public static func decodeSubscription(_ buffer: ByteBuffer) throws(WireError) -> ConsumerProtocolSubscription {
        try decode(ConsumerProtocolSubscription.self, buffer)
    }

    /// Reads an assignment, in the same way as a subscription.
    public static func decodeAssignment(_ buffer: ByteBuffer) throws(WireError) -> ConsumerProtocolAssignment {
        try decode(ConsumerProtocolAssignment.self, buffer)
    }

    public static func encode(
        _ subscription: ConsumerProtocolSubscription, version: Int16
    ) throws(WireError) -> ByteBuffer {
        try CoordinatorRecordFrame.encodeValue(subscription, version: version)
    }

    public static func encode(_ assignment: ConsumerProtocolAssignment, version: Int16) throws(WireError) -> ByteBuffer
    {
        try CoordinatorRecordFrame.encodeValue(assignment, version: version)
    }

    private static func decode<Message: WireMessage>(
        _ type: Message.Type, _ buffer: ByteBuffer
    ) throws(WireError) -> Message {
        var body = buffer
        guard let version: Int16 = body.readInteger() else {
            throw WireError(
                .truncated(needed: 2, available: buffer.readableBytes), message: Message.messageName, field: "version")
        }
        guard version >= Message.validVersions.lowerBound else {
            throw WireError(.unsupportedVersion, message: Message.messageName, version: version)
        }
        return try Message.decode(consuming: &body, version: min(version, Message.validVersions.upperBound))
    }
}
