/// The keys that a kind of resource has, and the judgement over values for them.
public struct ConfigSchema: Sendable {
    /// In the order in which they were declared.
    public let definitions: [ConfigDefinition]
    private let index: [String: Int]
    private let absent: [String: String]

    /// - Parameter absent: keys that there would be if the broker had plug-ins of some sort, with what that is called.
    public init(_ definitions: [ConfigDefinition], absent: [String: String] = [:]) {
        self.definitions = definitions
        self.absent = absent
        var index: [String: Int] = [:]
        for (position, definition) in definitions.enumerated() {
            for name in definition.formerNames { index[name] = position }
        }
        // A name that is given anew is no former name any more.
        for (position, definition) in definitions.enumerated() { index[definition.name] = position }
        self.index = index
    }

    /// The key of that name, be it a former one.
    public subscript(name: String) -> ConfigDefinition? { index[name].map { definitions[$0] } }

    /// What the key of that name, be it a former one, is called today; `name` itself where there is no such key.
    public func currentName(of name: String) -> String { self[name]?.name ?? name }

    /// Whether it is for want of plug-ins that there is no such key.
    package func isAbsent(_ name: String) -> Bool { absent[name] != nil }

    /// What is wrong with setting `name` to `value`, in words for the user; nil if nothing is.
    public func problem(setting name: String, to value: String) -> String? {
        guard let definition = self[name] else { return unknown(name) }
        return definition.problem(with: value)
    }

    /// `value` as it is read: see `ConfigDefinition.normalized(_:)`. Unchanged where there is no such key.
    public func normalized(_ name: String, _ value: String) -> String { self[name]?.normalized(value) ?? value }

    /// The message for a key that does not exist, with the nearest one that does.
    public func unknown(_ name: String) -> String {
        if let plugins = absent[name] {
            return "The config '\(name)' cannot be set: this broker was assembled without any \(plugins)."
        }
        guard let near = nearest(to: name) else { return "Unknown config '\(name.excerpt)'." }
        return "Unknown config '\(name)'. Did you mean '\(near)'?"
    }

    /// The declared name that is fewest edits away, if it is near enough to be a slip of the pen.
    public func nearest(to name: String) -> String? {
        EditDistance.nearest(to: name, among: definitions.lazy.map(\.name))
    }
}

extension ConfigDefinition {
    /// `value` as Kafka reads it, and as it must be read wherever it is used: without control characters and blanks
    /// around it, booleans in lower case. Passwords are what they are.
    public func normalized(_ value: String) -> String {
        if type == .password { return value }
        let trimmed = Self.trimmed(value)
        guard type == .boolean else { return trimmed }
        let word = trimmed.lowercased()
        return word == "true" || word == "false" ? word : trimmed
    }

    /// Without control characters and blanks around it.
    static func trimmed(_ value: String) -> String {
        func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 }
        guard let first = value.utf8.first, let last = value.utf8.last, isBlank(first) || isBlank(last) else {
            return value
        }
        let head = value.utf8.drop(while: isBlank)
        let end = head.lastIndex { !isBlank($0) }
        return end.map { String(Substring(head[...$0])) } ?? ""
    }

    /// What is wrong with `value` for this key, in words for the user; nil if nothing is.
    public func problem(with value: String) -> String? {
        let value = normalized(value)
        if let check {
            return check(value).map { refusal(of: value, expected: $0, among: type == .boolean ? [] : examples) }
        }
        switch type {
        case .boolean:
            return value == "true" || value == "false" ? nil : mistyped(value)
        case .int, .short, .long:
            guard let number = Int64(value), integerRange.contains(number) else { return mistyped(value) }
            return problem(with: number)
        case .double:
            guard let number = Double(value), number.isFinite || value == standard else { return mistyped(value) }
            if case .fraction(let range) = rule, !range.contains(number) {
                return "Invalid value \(value.excerpt) for '\(name)': it must be from \(range.lowerBound) to "
                    + "\(range.upperBound)."
            }
            return nil
        case .list:
            guard case .listOf(let words) = rule else { return nil }
            let items = Self.items(of: value)
            if let wrong = items.first(where: { !words.contains($0) }) { return notOne(of: words, wrong) }
            return Set(items).count == items.count
                ? nil : "Invalid value '\(value.excerpt)' for '\(name)': an item is repeated."
        case .string, .class, .password:
            if case .oneOf(let words) = rule, !words.contains(value) { return notOne(of: words, value) }
            if rule == .countsByName, let wrong = Self.items(of: value).first(where: { Self.count(of: $0) == nil }) {
                return refusal(of: wrong, expected: "name:count, as in 192.0.2.1:100")
            }
            return nil
        }
    }

    /// What a user is told whose value is refused. A secret is not repeated, and of a long value only the beginning.
    ///
    /// - Parameter words: what may have been meant, where there are only so many values.
    static func refusal(
        of value: String, for name: String, isSecret: Bool, expected: String, among words: [String] = []
    ) -> String {
        let near = isSecret || words.contains(value) ? nil : EditDistance.nearest(to: value, among: words)
        return "Invalid value '\(isSecret ? "…" : value.excerpt)' for '\(name)': it must be \(expected)."
            + (near.map { " Did you mean '\($0)'?" } ?? "")
    }

    private func refusal(of value: String, expected: String, among words: [String] = []) -> String {
        Self.refusal(of: value, for: name, isSecret: type == .password, expected: expected, among: words)
    }

    /// The items of a list value, without the blanks around them.
    public static func items(of list: String) -> [String] {
        list.split(separator: ",").map { item in
            String(item.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }.filter { !$0.isEmpty }
    }

    /// The parts of `name:count`; nil for anything else.
    public static func count(of item: String) -> (name: String, count: Int)? {
        guard let colon = item.lastIndex(of: ":"), colon != item.startIndex,
            let count = Int(item[item.index(after: colon)...]), count >= 0
        else { return nil }
        return (String(item[..<colon]), count)
    }

    private var integerRange: ClosedRange<Int64> {
        switch type {
        case .int: Int64(Int32.min)...Int64(Int32.max)
        case .short: Int64(Int16.min)...Int64(Int16.max)
        default: Int64.min...Int64.max
        }
    }

    private func problem(with number: Int64) -> String? {
        switch rule {
        case .range(let range) where !range.contains(number):
            let upper = range.upperBound == .max || range.upperBound == Int64(Int32.max)
            let bounds =
                upper ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            return "Invalid value \(number) for '\(name)': it must be \(bounds)."
        case .rangeOrDefault(let range) where number != -1 && !range.contains(number):
            return
                "Invalid value \(number) for '\(name)': it must be from \(range.lowerBound) to \(range.upperBound), "
                + "or -1 for the default."
        default: return nil
        }
    }

    private func mistyped(_ value: String) -> String { refusal(of: value, expected: "a \(type.name)") }

    private func notOne(of words: [String], _ value: String) -> String {
        refusal(of: value, expected: expectation ?? "one of \(words.joined(separator: ", "))", among: words)
    }
}

/// Levenshtein's distance, for "did you mean".
package enum EditDistance {
    /// A longer name is no slip of the pen. Names come from clients, and comparing costs the square of their length.
    static let longest = 64

    /// The name that is fewest edits away, if it is near enough to be a slip of the pen.
    package static func nearest(to name: String, among names: some Sequence<String>) -> String? {
        guard name.utf8.count <= longest else { return nil }
        let wanted = Array(name.utf8)
        var limit = max(2, wanted.count / 3)
        var nearest: String?
        for candidate in names where abs(candidate.utf8.count - wanted.count) <= limit {
            guard let distance = between(wanted, Array(candidate.utf8), limit: limit) else { continue }
            nearest = candidate
            if distance == 0 { break }
            limit = distance - 1
        }
        return nearest
    }

    /// How many edits make one of the other; nil if more than `limit`.
    private static func between(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int? {
        var row = Array(0...right.count)
        for (i, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            var least = i + 1
            for (j, other) in right.enumerated() {
                let substituted = diagonal + (character == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
                least = min(least, row[j + 1])
            }
            if least > limit { return nil }
        }
        return row[right.count] <= limit ? row[right.count] : nil
    }
}
