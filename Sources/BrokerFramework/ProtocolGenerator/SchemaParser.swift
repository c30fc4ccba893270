/// What is wrong with a schema file, and where.
package struct SchemaError: Error, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let problem: String

    package var description: String { "\(file):\(line): \(problem)" }
}

/// Reads the notation explained in `Protocol/README.md`.
package struct SchemaParser {
    private struct Line {
        let number: Int
        let depth: Int
        let words: [String]
    }

    private let file: String
    private var lines: [Line] = []
    private var next = 0

    package static func parse(_ text: String, file: String) throws -> Schema {
        var parser = try SchemaParser(text, file: file)
        return try parser.schema()
    }

    private init(_ text: String, file: String) throws {
        self.file = file
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let spaces = raw.prefix { $0 == " " }.count
            let words = raw.split(separator: " ").map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard spaces % 4 == 0 else { throw SchemaError(file: file, line: index + 1, problem: "odd indentation") }
            lines.append(Line(number: index + 1, depth: spaces / 4, words: words))
        }
    }

    private func failure(_ line: Line?, _ problem: String) -> SchemaError {
        SchemaError(file: file, line: line?.number ?? lines.last?.number ?? 0, problem: problem)
    }

    private mutating func schema() throws -> Schema {
        guard let head = lines.first else { throw failure(nil, "empty file") }
        var heads: [String: Line] = [:]
        next = 1
        while next < lines.count, lines[next].depth == 0, lines[next].words.count > 1 {
            heads[lines[next].words[0]] = lines[next]
            next += 1
        }
        guard let versionsLine = heads["versions"],
            let versions = Self.span(versionsLine.words[1], within: VersionSpan(first: 0, last: .max))
        else { throw failure(head, "no versions") }
        guard let flexibleLine = heads["flexible"] else { throw failure(head, "no flexible") }
        let flexibleWord = flexibleLine.words[1]
        let firstFlexible = flexibleWord == "never" ? nil : Self.span(flexibleWord, within: versions)?.first
        if firstFlexible == nil, flexibleWord != "never" { throw failure(flexibleLine, "bad flexible") }

        let words = head.words
        let name: String
        let kind: Schema.Kind
        switch words[0] {
        case "api":
            guard words.count == 3, let key = Int(words[2]) else { throw failure(head, "api NAME KEY") }
            name = words[1]
            let listeners = heads["listeners"].map { Array($0.words.dropFirst()) } ?? []
            let firstUnstable = heads["unstable"].flatMap { Int16($0.words[1]) }
            kind = .api(key: key, listeners: listeners, firstUnstable: firstUnstable)
        case "metadata":
            guard words.count == 3, let type = Int(words[2]) else { throw failure(head, "metadata NAME TYPE") }
            name = words[1]
            kind = .metadata(type: type)
        case "coordinator":
            guard words.count == 4, let type = Int(words[3]) else {
                throw failure(head, "coordinator FAMILY NAME TYPE")
            }
            name = words[2]
            kind = .coordinator(family: words[1], type: type)
        case "data":
            guard words.count == 2 else { throw failure(head, "data NAME") }
            name = words[1]
            kind = .data
        default: throw failure(head, "unknown kind '\(words[0])'")
        }

        var schema = Schema(name: name, kind: kind, versions: versions, firstFlexible: firstFlexible, messages: [])
        while next < lines.count { schema.messages.append(try section(of: schema)) }
        return schema
    }

    private mutating func section(of schema: Schema) throws -> Message {
        let line = lines[next]
        next += 1
        guard line.depth == 0, line.words.count == 1 else { throw failure(line, "expected a section") }
        var message = Message(
            name: schema.name, role: .data, versions: schema.versions, firstFlexible: schema.firstFlexible, fields: [],
            structures: [])
        switch (line.words[0], schema.kind) {
        case ("request", .api):
            message.name += "Request"
            message.role = .request
        case ("response", .api):
            message.name += "Response"
            message.role = .response
        case ("key", .coordinator):
            message.name += "Key"
            message.role = .coordinatorKey
            message.versions = VersionSpan(first: 0, last: 0)
            message.firstFlexible = nil
        case ("value", .coordinator):
            message.name += "Value"
            message.role = .coordinatorValue
        case ("body", .metadata(let type)): message.role = .metadataRecord(type: type)
        case ("body", .data): break
        default: throw failure(line, "section '\(line.words[0])' does not fit")
        }
        message.fields = try fields(depth: 1, versions: message.versions, into: &message)
        try check(message, line)
        return message
    }

    private mutating func fields(depth: Int, versions: VersionSpan, into message: inout Message) throws -> [Field] {
        var fields: [Field] = []
        while next < lines.count, lines[next].depth == depth {
            let line = lines[next]
            next += 1
            guard line.words.count >= 2 else { throw failure(line, "a field needs a type") }
            if line.words[0] == "struct" {
                try define(line.words[1], at: line, versions: message.versions, into: &message)
                continue
            }
            let field = try field(line, within: versions)
            if next < lines.count, lines[next].depth > depth {
                guard let name = Self.structureName(field.type) else { throw failure(line, "not a struct") }
                try define(name, at: line, versions: field.versions, into: &message)
            }
            fields.append(field)
        }
        if next < lines.count, lines[next].depth > depth { throw failure(lines[next], "too deep") }
        return fields
    }

    private mutating func define(
        _ name: String, at line: Line, versions: VersionSpan, into message: inout Message
    ) throws {
        guard message.structure(named: name) == nil else { throw failure(line, "struct \(name) is defined twice") }
        let position = message.structures.count
        message.structures.append(Structure(name: name, versions: versions, fields: []))
        message.structures[position].fields = try fields(depth: line.depth + 1, versions: versions, into: &message)
    }

    private func field(_ line: Line, within versions: VersionSpan) throws -> Field {
        var typeWord = line.words[1]
        var nullWord: String?
        if let mark = typeWord.firstIndex(of: "?") {
            nullWord = String(typeWord[typeWord.index(after: mark)...])
            typeWord = String(typeWord[..<mark])
        }
        var field = Field(name: line.words[0], type: Self.type(typeWord), versions: versions)
        var position = 2
        while position < line.words.count {
            let word = line.words[position]
            position += 1
            if word == "~" {
                field.isIgnorable = true
            } else if word == "rigid" {
                field.isRigid = true
            } else if word.hasPrefix("#"), let tag = Int(word.dropFirst()) {
                field.tag = tag
            } else if word == "=", position + 1 == line.words.count {
                field.defaultText = line.words[position]
                position += 1
            } else if let span = Self.span(word, within: versions) {
                field.versions = span
            } else {
                throw failure(line, "cannot read '\(word)'")
            }
        }
        if let nullWord {
            field.nullable = nullWord.isEmpty ? field.versions : Self.span(nullWord, within: field.versions)
            guard let nullable = field.nullable, nullable.last == field.versions.last else {
                throw failure(line, "bad versions of null")
            }
        }
        return field
    }

    private static func type(_ word: String) -> FieldType {
        if word.hasPrefix("["), word.hasSuffix("]") { return .array(type(String(word.dropFirst().dropLast()))) }
        return Primitive(rawValue: word).map(FieldType.primitive) ?? .structure(word)
    }

    private static func structureName(_ type: FieldType) -> String? {
        switch type {
        case .primitive: nil
        case .structure(let name): name
        case .array(let element): structureName(element)
        }
    }

    /// `3..5`, `3..`, `..5`; nil when it is none of these or leaves `limits`.
    private static func span(_ word: String, within limits: VersionSpan) -> VersionSpan? {
        guard let dots = word.firstRange(of: "..") else { return nil }
        let first = word[..<dots.lowerBound]
        let last = word[dots.upperBound...]
        guard let first = first.isEmpty ? limits.first : Int16(first),
            let last = last.isEmpty ? limits.last : Int16(last)
        else { return nil }
        return first <= last && limits.contains(first) && limits.contains(last)
            ? VersionSpan(first: first, last: last) : nil
    }

    /// What the generated code relies on.
    private func check(_ message: Message, _ line: Line) throws {
        for (owner, fields) in [(message.name, message.fields)] + message.structures.map({ ($0.name, $0.fields) }) {
            let tags = fields.compactMap(\.tag).sorted()
            guard Set(tags).count == tags.count else { throw failure(line, "\(owner) uses a tag twice") }
            for field in fields {
                if let name = Self.structureName(field.type), message.structure(named: name) == nil {
                    throw failure(line, "\(owner).\(field.name): no struct \(name)")
                }
                if field.tag != nil, !message.isFlexible(field.versions.first) {
                    throw failure(line, "\(owner).\(field.name) is tagged in a version that is not flexible")
                }
            }
        }
    }
}
