/// Kafka's rules for the names of topics.
public enum TopicName {
    /// The longest name allowed; a partition's directory name stays within 255 characters with it.
    public static let maximumLength = 249

    /// The topic that holds the groups and their offsets.
    public static let consumerOffsets = "__consumer_offsets"

    /// The topics that only the broker itself writes to.
    public static let internalTopics: Set<String> = [
        consumerOffsets, "__transaction_state", "__share_group_state",
    ]

    /// The topic that holds the cluster's metadata. No client may create or write it.
    public static let clusterMetadata = "__cluster_metadata"

    /// Why `name` may not name a topic, or nil if it may.
    public static func problem(with name: String) -> String? {
        let length = name.utf8.count
        if length == 0 { return "the topic name is empty" }
        if name == "." || name == ".." { return "the topic name cannot be '.' or '..'" }
        if length > maximumLength {
            return "the topic name is \(length) characters long; at most \(maximumLength) are allowed"
        }
        for character in name.utf8 where !isLegal(character) {
            return "the topic name holds a character other than ASCII letters, digits, '.', '_' and '-'"
        }
        return nil
    }

    /// The form in which two names collide in metrics, where `.` and `_` are the same.
    public static func metricForm(of name: String) -> String {
        String(decoding: name.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
    }

    private static func isLegal(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
