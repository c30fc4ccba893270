/// The pieces of Swift that depend on one field's type.
struct FieldCode {
    let field: Field
    let message: Message
    /// The versions of the struct the field stands in; conditions only say what differs from them.
    let enclosing: VersionSpan

    var property: String { Names.member(field.name) }
    var label: String { "\"\(field.name)\"" }
    var isNullable: Bool { field.nullable != nil }

    private var isErrorCode: Bool { field.type == .primitive(.int16) && field.name.hasSuffix("ErrorCode") }

    private func swiftType(_ type: FieldType) -> String {
        switch type {
        case .primitive(.bool): "Bool"
        case .primitive(.int8): "Int8"
        case .primitive(.int16): isErrorCode ? "ErrorCode" : "Int16"
        case .primitive(.uint16): "UInt16"
        case .primitive(.int32): "Int32"
        case .primitive(.int64): "Int64"
        case .primitive(.float64): "Double"
        case .primitive(.uuid): "KafkaUUID"
        case .primitive(.string): "String"
        case .primitive(.bytes): "ByteBuffer"
        case .primitive(.records): "RecordsPayload"
        case .structure(let name): name
        case .array(let element): "[\(swiftType(element))]"
        }
    }

    var declaredType: String { swiftType(field.type) + (isNullable ? "?" : "") }

    var defaultValue: String {
        if let text = field.defaultText { return text == "null" ? "nil" : text }
        switch field.type {
        case .primitive(.bool): return "false"
        case .primitive(.int16) where isErrorCode: return ".none"
        case .primitive(.int8), .primitive(.int16), .primitive(.uint16), .primitive(.int32), .primitive(.int64),
            .primitive(.float64):
            return "0"
        case .primitive(.uuid): return ".zero"
        case .primitive(.string): return "\"\""
        case .primitive(.bytes): return "ByteBuffer()"
        case .primitive(.records): return isNullable ? "nil" : ".bytes(ByteBuffer())"
        case .structure: return ".init()"
        case .array: return "[]"
        }
    }

    /// A condition that holds when the property is not its default.
    var differsFromDefault: String {
        let name = "self.\(property)"
        if defaultValue == "nil" { return "\(name) != nil" }
        switch field.type {
        case .primitive(.bool): return defaultValue == "true" ? "!\(name)" : name
        case .primitive(.string), .array: return isNullable ? "\(name)?.isEmpty != true" : "!\(name).isEmpty"
        case .primitive(.bytes): return isNullable ? "\(name)?.readableBytes != 0" : "\(name).readableBytes != 0"
        case .primitive(.records): return isNullable ? "\(name)?.byteCount != 0" : "\(name).byteCount != 0"
        default: return "\(name) != \(defaultValue)"
        }
    }

    // MARK: Versions

    /// The condition under which `span` applies, or nil when it always does inside `enclosing`.
    func condition(_ span: VersionSpan, inside enclosing: VersionSpan) -> String? {
        switch (span.first > enclosing.first, span.last < enclosing.last) {
        case (false, false): nil
        case (true, false): "version >= \(span.first)"
        case (false, true): "version <= \(span.last)"
        case (true, true):
            span.first == span.last ? "version == \(span.first)" : "version >= \(span.first) && version <= \(span.last)"
        }
    }

    var presence: String? { condition(field.versions, inside: enclosing) }

    /// The condition that the field is missing; only meaningful when `presence` is not nil.
    var absence: String {
        switch (field.versions.first > enclosing.first, field.versions.last < enclosing.last) {
        case (true, true): "version < \(field.versions.first) || version > \(field.versions.last)"
        case (true, false): "version < \(field.versions.first)"
        default: "version > \(field.versions.last)"
        }
    }

    // MARK: Reading and writing

    /// Whether the encoding of this field depends on the message being flexible.
    private var hasLength: Bool {
        switch field.type {
        case .primitive(.string), .primitive(.bytes), .primitive(.records), .array, .structure: true
        default: false
        }
    }

    private func arguments(_ flexible: String) -> String {
        let flexible = field.isRigid ? "false" : flexible
        switch field.type {
        case .structure, .array: return "\(label), version: version, flexible: \(flexible)"
        default: return hasLength ? "\(label), flexible: \(flexible)" : label
        }
    }

    private var method: String {
        switch field.type {
        case .primitive(.int16) where isErrorCode: "errorCode"
        case .primitive(let primitive): primitive.rawValue
        case .structure: "structure"
        case .array: "array"
        }
    }

    /// The method for a field that may be null. In a tagged field a struct tells in another way whether it is there.
    private var nullableMethod: String {
        if case .structure = field.type, field.tag != nil { return "nullableTaggedStructure" }
        return "nullable" + Self.capitalized(method)
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    /// Statements that read the field.
    func read(_ flexible: String, to code: inout CodeWriter) {
        let target = "self.\(property)"
        let plain = "\(target) = try reader.\(method)(\(arguments(flexible)))"
        guard let nullable = field.nullable else { return code.line(plain) }
        let nullableRead = "\(target) = try reader.\(nullableMethod)(\(arguments(flexible)))"
        guard let condition = condition(nullable, inside: field.versions) else { return code.line(nullableRead) }
        code.choice("if \(condition)") {
            $0.line(nullableRead)
        } otherwise: {
            $0.line(plain)
        }
    }

    /// Statements that write the field.
    func write(_ flexible: String, to code: inout CodeWriter) {
        let value = "self.\(property)"
        guard hasLength else { return code.line("writer.\(method)(\(value))") }
        guard let nullable = field.nullable else {
            return code.line("try writer.\(method)(\(value), \(arguments(flexible)))")
        }
        let nullableWrite = "try writer.\(nullableMethod)(\(value), \(arguments(flexible)))"
        guard let condition = condition(nullable, inside: field.versions) else { return code.line(nullableWrite) }
        code.choice("if \(condition)") {
            $0.line(nullableWrite)
        } otherwise: {
            $0.line("try writer.\(method)(WireWriter.required(\(value), \(label)), \(arguments(flexible)))")
        }
    }

    /// The least number of bytes this field takes in any version of the struct it stands in.
    func minimumByteCount(_ smallest: (String) -> Int) -> Int {
        guard field.versions == enclosing, field.tag == nil else { return 0 }
        switch field.type {
        case .primitive(.bool), .primitive(.int8): return 1
        case .primitive(.int16), .primitive(.uint16): return 2
        case .primitive(.int32): return 4
        case .primitive(.int64), .primitive(.float64): return 8
        case .primitive(.uuid): return 16
        case .structure(let name): return isNullable ? 1 : smallest(name)
        case .primitive(.string): return message.isFlexible(enclosing.last) && !field.isRigid ? 1 : 2
        case .primitive(.bytes), .primitive(.records), .array: return message.isFlexible(enclosing.last) ? 1 : 4
        }
    }
}
