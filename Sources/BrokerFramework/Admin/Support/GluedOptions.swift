/// Short options with their value glued to them, as users of kcat write them: `-K:`, `-o-10`, `-c5`.
enum GluedOptions {
    /// Each command's short options that take a value, with the long ones that mean the same. A long one takes any
    /// value behind its equals sign, one that begins with a dash, too.
    private static let valued: [String: [Character: String]] = [
        "produce": [
            "p": "partition", "k": "key", "K": "key-separator", "D": "delimiter", "H": "header", "c": "count",
            "z": "compression",
        ],
        "consume": [
            "p": "partition", "o": "from", "K": "key-separator", "D": "delimiter", "c": "count", "f": "format",
            "g": "group",
        ],
    ]
    /// What every command takes that talks to a cluster.
    private static let common: [Character: String] = ["b": "bootstrap-server"]

    /// The arguments with `-K:` as `--key-separator=:`; everything else as it is.
    static func separated(_ arguments: [String]) -> [String] {
        guard let command = arguments.first, !command.hasPrefix("-") else { return arguments }
        let options = (valued[command] ?? [:]).merging(common) { own, _ in own }
        var separated = [command]
        var isValue = false
        var rest = arguments.dropFirst()
        while let argument = rest.popFirst() {
            if argument == "--" { return separated + [argument] + rest }
            guard !isValue, argument.hasPrefix("-"), let letter = argument.dropFirst().first,
                let option = options[letter]
            else {
                separated.append(argument)
                isValue = false
                continue
            }
            let value = argument.dropFirst(2)
            isValue = value.isEmpty
            separated.append(isValue ? argument : "--\(option)=\(value)")
        }
        return separated
    }
}
