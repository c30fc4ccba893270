package import BrokerPrimitives

/// What can stand in an array or be a struct inside a message.
package protocol WireElement: Equatable, Sendable {
    /// A lower bound, at least 1, for the encoded size in any version. Bounds the count an array may claim.
    static var minimumByteCount: Int { get }

    init(from reader: inout WireReader, version: Int16, flexible: Bool) throws(WireError)
    func encode(to writer: inout WireWriter, version: Int16, flexible: Bool) throws(WireError)
}

extension Int8: WireElement {
    package static var minimumByteCount: Int { 1 }

    package init(from reader: inout WireReader, version: Int16, flexible: Bool) throws(WireError) {
        self = try reader.int8("")
    }

    package func encode(to writer: inout WireWriter, version: Int16, flexible: Bool) throws(WireError) {
        writer.int8(self)
    }
}

extension Int16: WireElement {
    package static var minimumByteCount: Int { 2 }

    package init(from reader: inout WireReader, version: Int16, flexible: Bool) throws(WireError) {
        self = try reader.int16("")
    }

    package func encode(to writer: inout WireWriter, version: Int16, flexible: Bool) throws(WireError) {
        writer.int16(self)
    }
}

extension Int32: WireElement {
    package static var minimumByteCount: Int { 4 }

    package init(from reader: inout WireReader, version: Int16, flexible: Bool) throws(WireError) {
        self = try reader.int32("")
    }

    package func encode(to writer: inout WireWriter, version: Int16, flexible: Bool) throws(WireError) {
        writer.int32(self)
    }
}

extension Int64: WireElement {
    package static var minimumByteCount: Int { 8 }

    package init(from reader: inout WireReader, version: Int16, flexible: Bool) throws(WireError) {
        self = try reader.int64("")
    }

    package func encode(to writer: inout WireWriter, version: Int16, flexible: Bool) throws(WireError) {
        writer.int64(self)
    }
}

extension String: WireElement {
    package static var minimumByteCount: Int { 1 }

    package init(from reader: inout WireReader, version: Int16, flexible: Bool) throws(WireError) {
        self = try reader.string("", flexible: flexible)
    }

    package func encode(to writer: inout WireWriter, version: Int16, flexible: Bool) throws(WireError) {
        try writer.string(self, "", flexible: flexible)
    }
}

extension KafkaUUID: WireElement {
    package static var minimumByteCount: Int { 16 }

    package init(from reader: inout WireReader, version: Int16, flexible: Bool) throws(WireError) {
        self = try reader.uuid("")
    }

    package func encode(to writer: inout WireWriter, version: Int16, flexible: Bool) throws(WireError) {
        writer.uuid(self)
    }
}
