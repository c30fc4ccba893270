/// Why bytes could not be read as a message, or a message not be written as bytes; and where.
///
/// One pointer wide, since every reading and writing function can throw it.
public struct WireError: Error, Equatable, Sendable {
    public enum Reason: Equatable, Sendable {
        // Reading.
        /// The bytes end before the value does.
        case truncated(needed: Int, available: Int)
        /// The message is complete, but this many bytes are left.
        case trailingBytes(Int)
        /// A length below zero that does not mean null.
        case negativeLength(Int)
        /// Null where the version does not allow it; both reading and writing.
        case unexpectedNull
        /// A variable-length integer that is longer than its type.
        case malformedVarint
        case invalidUTF8
        /// An array that claims more elements than the bytes left can hold.
        case excessiveCount(Int)
        /// The decoded message would take more memory than its size on the wire justifies.
        case excessiveMemory
        /// Tagged fields must come in strictly ascending order.
        case tagOutOfOrder(UInt32)
        /// The content of a tagged field is shorter than its size says.
        case tagSizeMismatch(unread: Int)
        /// The message has no such version.
        case unsupportedVersion
        /// A frame, key or value that begins with a number nothing is known about.
        case unknownType(Int)

        // Writing.
        /// The field has a value that matters, but the version has no such field.
        case unrepresentable
        /// A string, array or frame longer than its length field can say.
        case tooLong(Int)
        /// A payload that is not in memory, in a message that is to be written to memory as a whole.
        case deferredPayload
    }

    private final class Details: Sendable {
        let reason: Reason
        let message: String
        let version: Int16
        let field: String
        let position: Int

        init(_ reason: Reason, message: String, version: Int16, field: String, position: Int) {
            self.reason = reason
            self.message = message
            self.version = version
            self.field = field
            self.position = position
        }
    }

    private let details: Details

    public init(_ reason: Reason, message: String = "", version: Int16 = -1, field: String = "", position: Int = 0) {
        details = Details(reason, message: message, version: version, field: field, position: position)
    }

    public var reason: Reason { details.reason }
    /// The message's name, e.g. `FetchRequest`.
    public var message: String { details.message }
    public var version: Int16 { details.version }
    /// The way to the field in Kafka's names, e.g. `Topics[3].Partitions[0].FetchOffset`; empty for the message itself.
    public var field: String { details.field }
    /// When reading, how many bytes of the message were understood; 0 when writing.
    public var position: Int { details.position }

    public static func == (left: WireError, right: WireError) -> Bool {
        left.reason == right.reason && left.message == right.message && left.version == right.version
            && left.field == right.field && left.position == right.position
    }

    /// The same error seen from one step further out.
    @inline(never)
    package func within(_ step: StaticString, index: Int? = nil) -> WireError {
        var path = step.description
        if let index { path += "[\(index)]" }
        if !details.field.isEmpty { path += details.field.hasPrefix("[") ? details.field : "." + details.field }
        return WireError(
            details.reason, message: details.message, version: details.version, field: path, position: details.position)
    }

    @inline(never)
    package func inMessage(_ name: String, version: Int16) -> WireError {
        guard details.message.isEmpty else { return self }
        return WireError(
            details.reason, message: name, version: version, field: details.field, position: details.position)
    }
}

extension WireError: CustomStringConvertible {
    public var description: String {
        let place = field.isEmpty ? "" : " \(field)"
        return "\(message) v\(version)\(place) at byte \(position): \(reason)"
    }
}
