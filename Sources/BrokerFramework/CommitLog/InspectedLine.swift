/// One line of what `LogInspector` tells: named values in order, printed as text or as JSON.
package struct InspectedLine: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case number(Int64)
        case text(String)
        case flag(Bool)
    }

    /// What the line is about: `batch`, `record`, `entry`, `problem`, …
    package var kind: String
    package private(set) var fields: [(name: String, value: Value)] = []

    package init(_ kind: String) { self.kind = kind }

    package static func == (left: InspectedLine, right: InspectedLine) -> Bool { left.json == right.json }
    package func hash(into hasher: inout Hasher) { hasher.combine(json) }

    /// `batch baseOffset: 0 lastOffset: 4 …`
    package var text: String {
        fields.reduce(kind) { text, field in
            switch field.value {
            case .number(let number): "\(text) \(field.name): \(number)"
            case .text(let value): "\(text) \(field.name): \(value)"
            case .flag(let flag): "\(text) \(field.name): \(flag)"
            }
        }
    }

    /// One JSON object; its first member is `kind`.
    package var json: String {
        let members = fields.map { field -> String in
            switch field.value {
            case .number(let number): "\(FlatJSON.quoted(field.name)):\(number)"
            case .text(let value): "\(FlatJSON.quoted(field.name)):\(FlatJSON.quoted(value))"
            case .flag(let flag): "\(FlatJSON.quoted(field.name)):\(flag)"
            }
        }
        return "{" + (["\"kind\":\(FlatJSON.quoted(kind))"] + members).joined(separator: ",") + "}"
    }

    func with(_ name: String, _ number: some BinaryInteger) -> InspectedLine { adding(name, .number(Int64(number))) }
    func with(_ name: String, _ text: String) -> InspectedLine { adding(name, .text(text)) }
    func with(_ name: String, _ flag: Bool) -> InspectedLine { adding(name, .flag(flag)) }

    private func adding(_ name: String, _ value: Value) -> InspectedLine {
        var line = self
        line.fields.append((name, value))
        return line
    }
}
