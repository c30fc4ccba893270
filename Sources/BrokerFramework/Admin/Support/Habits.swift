/// What to write here for what users of Kafka's own tools and of kcat write there.
enum Habits {
    /// Nil if the arguments are in nobody else's words.
    static func advice(_ arguments: [String]) -> String? {
        guard let command = arguments.first else { return nil }
        let words = Array(arguments.dropFirst())
        if let nouns = nouns[command], words.first?.hasPrefix("-") == true { return verb(command, nouns, words) }
        let known = (options[command] ?? [:]).merging(everywhere) { own, _ in own }
        if ["consume", "produce"].contains(command), let topic = topic(words) {
            return "Name the topic without an option: 'broker \(command) \(topic)'."
        }
        for word in words.prefix(while: { $0 != "--" }) {
            let name = word.split(separator: "=", maxSplits: 1).first.map(String.init) ?? word
            if let advice = known[name] { return advice }
        }
        return nil
    }

    /// The topic that an option names, as with Kafka's tools and kcat.
    private static func topic(_ words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            if word.hasPrefix("--topic=") { return String(word.dropFirst("--topic=".count)) }
            if ["--topic", "-t"].contains(word) { return words.dropFirst(index + 1).first ?? "orders" }
        }
        return nil
    }

    /// The options that name what a command of Kafka's tools is about.
    private static let nouns = ["topics": ["--topic"], "groups": ["--group"], "configs": []]

    private static let verbs = [
        "--create": "create", "--list": "list", "--describe": "describe", "--alter": "alter", "--delete": "delete",
        "--reset-offsets": "reset-offsets", "--delete-offsets": "delete-offsets",
    ]

    /// `topics --create --topic orders --partitions 3` as `topics create orders --partitions 3`.
    private static func verb(_ command: String, _ nouns: [String], _ words: [String]) -> String? {
        guard let verb = words.lazy.compactMap({ verbs[$0] }).first else { return nil }
        if command == "configs" {
            return
                "Write 'broker configs describe --topic orders' or 'broker configs set --topic orders retention.ms=7d'; --broker, --all-brokers and --group stand for --topic."
        }
        var names: [String] = []
        var others: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2, nouns.contains(parts[0]) {
                names.append(parts[1])
            } else if nouns.contains(word) {
                if let name = rest.popFirst() { names.append(name) }
            } else if word == "--all-groups" || word == "--all-topics" && verb != "reset-offsets" {
                others.append("--all")
            } else if verbs[word] != verb {
                others.append(word)
            }
        }
        return "Write '" + (["broker", command, verb] + names + others).joined(separator: " ") + "'."
    }

    private static let everywhere = [
        "--broker-list": "Write -b or --bootstrap-server.", "--zookeeper": "There is none; write --bootstrap-server.",
        "--command-config": noFile, "--consumer.config": noFile, "--producer.config": noFile,
    ]

    private static let noFile = "There is no such file: -b, --timeout and the command's own options say everything."

    private static let options: [String: [String: String]] = [
        "consume": [
            "--from-beginning":
                "Leave it out: reading begins at the beginning. For a group that is new, too; --from end is the other way.",
            "-C": "Leave it out: 'broker consume' is what it says.",
            "--max-messages": "Write --count.", "--offset": "Write --from, or -o.",
            "--timeout-ms": "Write --exit to stop at the end of what there is.",
            "--property": properties, "--formatter-property": properties,
            "--formatter": "Write --format or --output json.",
            "--isolation-level": "Write --committed to leave out open and aborted transactions.",
            "--consumer-property": noFile, "-G": "Write --group.", "-J": "Write --output json.",
            "-s": "Values are written as they are; see PLACES and FORMATS in 'broker help consume'.",
        ],
        "produce": [
            "-P": "Leave it out: 'broker produce' is what it says.",
            "--property": "Write -K ':' where parse.key and key.separator stood, and -H for headers.",
            "--reader-property": "Write -K ':' where parse.key and key.separator stood, and -H for headers.",
            "--compression-codec": "Write --compression, or -z.", "--producer-property": noFile,
            "--request-required-acks": "Write --acks.",
            "-l": "Give the file on standard input: 'broker produce TOPIC < FILE'.",
        ],
        "topics": ["--topic": "Name the topic behind the command: 'broker topics describe orders'."],
        "groups": [
            "--group": "Name the group behind the command: 'broker groups describe billing'.",
            "--all-groups": "Write --all.", "--members": "Members are always shown.",
            "--offsets": "Offsets are always shown.",
            "--dry-run": "Leave it out: without --execute nothing is changed.",
        ],
        "configs": [
            "--entity-type": "Write --topic, --broker, --all-brokers or --group with the name.",
            "--entity-name": "Write --topic, --broker, --all-brokers or --group with the name.",
            "--add-config": "Write 'broker configs set --topic orders key=value'.",
            "--delete-config": "Write 'broker configs unset --topic orders key'.",
        ],
    ]

    private static let properties =
        "Write -K ':' for print.key, --timestamps, --headers, or what is wanted with --format; see 'broker help consume'."
}
