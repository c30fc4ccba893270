/// How Kafka's names become Swift's: types keep their name, properties and cases begin small, and `Id` is `ID`.
enum Names {
    private static let keywords: Set<String> = [
        "protocol", "operator", "default", "extension", "case", "class", "struct", "enum", "func", "in", "is", "as",
        "init",
        "self", "where", "internal", "public", "private", "return", "import", "repeat", "switch", "throws", "true",
        "false",
        "nil", "let", "var", "for", "while", "if", "else", "do", "try", "any", "some",
    ]

    static func member(_ kafkaName: String) -> String {
        var characters = Array(kafkaName)
        if kafkaName.hasPrefix("KRaft") { characters = Array("Kraft" + kafkaName.dropFirst(5)) }
        var position = 0
        while position + 1 < characters.count {
            if characters[position] == "I", characters[position + 1] == "d" {
                var end = position + 2
                if end < characters.count, characters[end] == "s" { end += 1 }
                if end == characters.count || characters[end].isUppercase { characters[position + 1] = "D" }
            }
            position += 1
        }
        if characters.starts(with: "ID") {
            characters[0] = "i"
            characters[1] = "d"
        } else {
            characters[0] = Character(characters[0].lowercased())
        }
        return String(characters)
    }

    /// `name` as it must be spelled where a keyword could stand.
    static func escaped(_ name: String) -> String { keywords.contains(name) ? "`\(name)`" : name }
}
