/// Writes the Swift of one message: its structs, and how they are read and written.
struct MessageCode {
    let schema: Schema
    let message: Message

    private var versions: VersionSpan { message.versions }
    private var everFlexible: Bool { message.firstFlexible != nil }
    private var alwaysFlexible: Bool { message.firstFlexible == versions.first }

    /// What stands for "this version is flexible" inside the methods.
    private var flexible: String { everFlexible ? (alwaysFlexible ? "true" : "flexible") : "false" }

    func emit(to code: inout CodeWriter) {
        let structure = Structure(name: message.name, versions: versions, fields: message.fields)
        for line in documentation { code.line("/// \(line)") }
        code.block("public struct \(message.name): \(conformance)") { code in
            properties(structure, to: &code)
            for inner in message.structures {
                code.line()
                code.line("/// Part of `\(message.name)`.")
                code.block("public struct \(inner.name): Equatable, Sendable") { properties(inner, to: &$0) }
            }
            code.line()
            statics(to: &code)
        }
        code.line()
        code.block("extension \(message.name)") { code in
            coding(structure, access: "public", to: &code)
        }
        for inner in message.structures {
            code.line()
            code.block("extension \(message.name).\(inner.name): WireElement") { code in
                code.line("package static var minimumByteCount: Int { \(minimumByteCount(inner)) }")
                code.line()
                coding(inner, access: "package", to: &code)
            }
        }
    }

    private var documentation: [String] {
        let span =
            versions.first == versions.last
            ? "version \(versions.first)" : "versions \(versions.first) to \(versions.last)"
        return switch (message.role, schema.kind) {
        case (.request, .api(let key, _, _)): ["A request of API \(key), \(schema.name): \(span)."]
        case (.response, .api(let key, _, _)): ["The response of API \(key), \(schema.name): \(span)."]
        case (.metadataRecord(let type), _): ["Metadata record of type \(type): \(span)."]
        case (.coordinatorKey, .coordinator(let family, let type)):
            ["The key of a \(family) coordinator's record of type \(type)."]
        case (.coordinatorValue, .coordinator(let family, let type)):
            ["The value of a \(family) coordinator's record of type \(type): \(span)."]
        default: ["\(message.name): \(span)."]
        }
    }

    private var conformance: String {
        switch message.role {
        case .request: "WireRequest"
        case .response: "WireResponse"
        case .metadataRecord: "WireMetadataRecord"
        case .coordinatorKey: "WireCoordinatorKey"
        case .coordinatorValue, .data: "WireMessage"
        }
    }

    private func statics(to code: inout CodeWriter) {
        code.line("public static var messageName: String { \"\(message.name)\" }")
        code.line("public static var validVersions: ClosedRange<Int16> { \(versions.first)...\(versions.last) }")
        code.line(
            "public static var firstFlexibleVersion: Int16? { \(message.firstFlexible.map(String.init) ?? "nil") }")
        switch (message.role, schema.kind) {
        case (.request, .api):
            code.line("public typealias Response = \(schema.name)Response")
            code.line("public static var apiKey: APIKey { .\(Names.member(schema.name)) }")
        case (.response, .api): code.line("public static var apiKey: APIKey { .\(Names.member(schema.name)) }")
        case (.metadataRecord(let type), _): code.line("public static var recordType: UInt32 { \(type) }")
        case (.coordinatorKey, .coordinator(_, let type)):
            code.line("public static var recordType: Int16 { \(type) }")
            code.line("public typealias Value = \(schema.name)Value")
        default: break
        }
    }

    private func codes(_ structure: Structure) -> [FieldCode] {
        structure.fields.map { FieldCode(field: $0, message: message, enclosing: structure.versions) }
    }

    private func properties(_ structure: Structure, to code: inout CodeWriter) {
        let fields = codes(structure)
        for field in fields {
            if let note = note(field) { code.line("/// \(note)") }
            code.line("public var \(Names.escaped(field.property)): \(field.declaredType)")
        }
        if everFlexible { code.line("public var unknownTaggedFields: [UnknownTaggedField]") }
        var parameters = fields.map { "\(Names.escaped($0.property)): \($0.declaredType) = \($0.defaultValue)" }
        if everFlexible { parameters.append("unknownTaggedFields: [UnknownTaggedField] = []") }
        if !parameters.isEmpty { code.line() }
        if parameters.isEmpty { return code.line("public init() {}") }
        code.line("public init(")
        code.indented { code in
            for (index, parameter) in parameters.enumerated() {
                code.line(parameter + (index + 1 < parameters.count ? "," : ""))
            }
        }
        code.block(")") { code in
            for field in fields { code.line("self.\(field.property) = \(Names.escaped(field.property))") }
            if everFlexible { code.line("self.unknownTaggedFields = unknownTaggedFields") }
        }
    }

    /// What the type does not say about a field.
    private func note(_ field: FieldCode) -> String? {
        var parts: [String] = []
        let span = field.field.versions
        if field.presence != nil {
            parts.append(
                span.first == span.last
                    ? "Version \(span.first)"
                    : span.last == versions.last
                        ? "Versions \(span.first) and later" : "Versions \(span.first) to \(span.last)")
        }
        if let nullable = field.field.nullable, nullable != span { parts.append("null from version \(nullable.first)") }
        if field.presence != nil, field.field.isIgnorable { parts.append("otherwise dropped") }
        if let tag = field.field.tag { parts.append("tag \(tag)") }
        guard let first = parts.first else { return nil }
        return ([first.prefix(1).uppercased() + first.dropFirst()] + parts.dropFirst()).joined(separator: ", ") + "."
    }

    // MARK: Reading and writing

    private func coding(_ structure: Structure, access: String, to code: inout CodeWriter) {
        let isMessage = access == "public"
        let signature = isMessage ? "version: Int16" : "version: Int16, flexible: Bool"
        code.block("\(access) init(from reader: inout WireReader, \(signature)) throws(WireError)") { code in
            code.line("self.init()")
            if isMessage { flexibility(structure, to: &code) }
            reading(structure, to: &code)
        }
        code.line()
        code.block("\(access) func encode(to writer: inout WireWriter, \(signature)) throws(WireError)") { code in
            if isMessage { flexibility(structure, to: &code) }
            writing(structure, to: &code)
        }
    }

    private func flexibility(_ structure: Structure, to code: inout CodeWriter) {
        guard everFlexible, !alwaysFlexible, let first = message.firstFlexible else { return }
        code.line("let flexible = version >= \(first)")
    }

    private func whenFlexible(_ code: inout CodeWriter, _ body: (inout CodeWriter) -> Void) {
        guard everFlexible else { return }
        if alwaysFlexible { body(&code) } else { code.block("if flexible", body) }
    }

    private func reading(_ structure: Structure, to code: inout CodeWriter) {
        let fields = codes(structure)
        for field in fields where field.field.tag == nil {
            if let presence = field.presence {
                code.block("if \(presence)") { field.read(flexible, to: &$0) }
            } else {
                field.read(flexible, to: &code)
            }
        }
        let tagged = fields.filter { $0.field.tag != nil }
        whenFlexible(&code) { code in
            guard !tagged.isEmpty else { return code.line("try reader.unknownTags(into: &self.unknownTaggedFields)") }
            code.line("var tags = try reader.beginTags()")
            code.block("while let tag = try reader.nextTag(&tags)") { code in
                code.line("switch tag {")
                for field in tagged {
                    let guardClause = field.presence.map { " where \($0)" } ?? ""
                    code.line("case \(field.field.tag ?? 0)\(guardClause):")
                    code.indented { field.read("true", to: &$0) }
                }
                code.line("default:")
                code.indented { $0.line("self.unknownTaggedFields.append(try reader.unknownTag(tag))") }
                code.line("}")
                code.line("try reader.endTag(&tags)")
            }
        }
    }

    private func writing(_ structure: Structure, to code: inout CodeWriter) {
        let fields = codes(structure)
        for field in fields {
            let refusal = "throw WireWriter.unrepresentable(\(field.label))"
            if field.field.tag != nil {
                guard field.presence != nil, !field.field.isIgnorable else { continue }
                let absence = field.absence.contains("||") ? "(\(field.absence))" : field.absence
                code.block("if \(absence), \(field.differsFromDefault)") { $0.line(refusal) }
            } else if let presence = field.presence {
                if field.field.isIgnorable {
                    code.block("if \(presence)") { field.write(flexible, to: &$0) }
                } else {
                    code.line("if \(presence) {")
                    code.indented { field.write(flexible, to: &$0) }
                    code.line("} else if \(field.differsFromDefault) {")
                    code.indented { $0.line(refusal) }
                    code.line("}")
                }
            } else {
                field.write(flexible, to: &code)
            }
        }
        let tagged = fields.filter { $0.field.tag != nil }.sorted { ($0.field.tag ?? 0) < ($1.field.tag ?? 0) }
        let body: (inout CodeWriter) -> Void = { code in
            guard !tagged.isEmpty else { return code.line("try writer.unknownTags(self.unknownTaggedFields)") }
            code.line("var tags = writer.beginTags()")
            for field in tagged {
                let presence = field.presence.map { "\($0), " } ?? ""
                code.block("if \(presence)\(field.differsFromDefault)") { code in
                    code.line("try writer.unknownTags(self.unknownTaggedFields, below: \(field.field.tag ?? 0), &tags)")
                    code.line("let mark = writer.beginTag(\(field.field.tag ?? 0), &tags)")
                    field.write("true", to: &code)
                    code.line("writer.endTag(mark)")
                }
            }
            code.line("try writer.endTags(&tags, self.unknownTaggedFields)")
        }
        guard everFlexible else { return }
        if alwaysFlexible { return body(&code) }
        code.line("if flexible {")
        code.indented(body)
        code.line("} else if !self.unknownTaggedFields.isEmpty {")
        code.indented { $0.line("throw WireWriter.unrepresentable(\"tagged fields\")") }
        code.line("}")
    }

    private func minimumByteCount(_ structure: Structure) -> Int {
        let own = codes(structure).reduce(0) { sum, field in
            sum + field.minimumByteCount { name in message.structure(named: name).map(minimumByteCount) ?? 0 }
        }
        return max(1, own + (message.isFlexible(structure.versions.first) ? 1 : 0))
    }
}
