/// The versions of something, both ends included.
package struct VersionSpan: Equatable, Sendable {
    package var first: Int16
    package var last: Int16

    package func contains(_ version: Int16) -> Bool { version >= first && version <= last }
}

/// A wire type with a fixed meaning.
package enum Primitive: String, Sendable {
    case bool, int8, int16, uint16, int32, int64, float64, uuid, string, bytes, records
}

package indirect enum FieldType: Equatable, Sendable {
    case primitive(Primitive)
    case structure(String)
    case array(FieldType)
}

package struct Field: Sendable {
    /// The name as Kafka writes it.
    package var name: String
    package var type: FieldType
    package var versions: VersionSpan
    /// The versions in which null is allowed.
    package var nullable: VersionSpan?
    package var tag: Int?
    package var isIgnorable = false
    /// Never compact, even in a flexible version.
    package var isRigid = false
    /// As written behind `=`; nil for the type's own default.
    package var defaultText: String?
}

package struct Structure: Sendable {
    package var name: String
    package var versions: VersionSpan
    package var fields: [Field]
}

/// One message: a structure with the structures it is made of.
package struct Message: Sendable {
    package enum Role: Equatable, Sendable {
        case request, response, metadataRecord(type: Int), coordinatorKey, coordinatorValue, data
    }

    package var name: String
    package var role: Role
    package var versions: VersionSpan
    package var firstFlexible: Int16?
    package var fields: [Field]
    /// Every structure used in this message, in the order of definition.
    package var structures: [Structure]

    package func isFlexible(_ version: Int16) -> Bool {
        guard let firstFlexible else { return false }
        return version >= firstFlexible
    }

    package func structure(named name: String) -> Structure? { structures.first { $0.name == name } }
}

/// One schema file.
package struct Schema: Sendable {
    package enum Kind: Equatable, Sendable {
        case api(key: Int, listeners: [String], firstUnstable: Int16?)
        case metadata(type: Int)
        case coordinator(family: String, type: Int)
        case data
    }

    /// Kafka's name without the ending `Request`, `Response`, `Key` or `Value`.
    package var name: String
    package var kind: Kind
    package var versions: VersionSpan
    package var firstFlexible: Int16?
    package var messages: [Message]
}
