/// The name of a plug-in or a broker, as users write it and as Swift does.
struct PackageName: Hashable, Sendable {
    /// `vip-by-region`.
    let text: String
    /// `VipByRegion`.
    let typeName: String

    init(text: String, typeName: String) {
        self.text = text
        self.typeName = typeName
    }

    /// - Throws: what to tell the user whose name it cannot be.
    init(_ text: String) throws(CommandFailure) {
        let words = text.split(separator: "-", omittingEmptySubsequences: false)
        let isSound =
            text.count <= 64 && text.first.map(Self.letters.contains) == true
            && words.allSatisfy {
                !$0.isEmpty && $0.allSatisfy { Self.letters.contains($0) || Self.digits.contains($0) }
            }
        guard isSound else {
            throw CommandFailure(
                "'\(text)' cannot be a name.", kind: .usage,
                advice: "Write lower-case letters, digits and single hyphens, beginning with a letter: vip-by-region.")
        }
        typeName = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        guard !Self.taken.contains(typeName) else {
            throw CommandFailure(
                "A type named \(typeName) would be taken for another that plug-ins work with.", kind: .usage,
                advice: "Choose a name that says more: 'my-\(text)', for example.")
        }
        self.text = text
    }

    private static let letters: ClosedRange<Character> = "a"..."z"
    private static let digits: ClosedRange<Character> = "0"..."9"

    /// What the templates' sources name.
    private static let taken: Set<String> = [
        "AclOperation", "Array", "Authorizer", "Bool", "ByteBuffer", "ByteCount", "Character", "CleanupLog",
        "CleanupPlan", "CleanupPolicy", "CleanupSegment", "CodecError", "CompressionCodec", "CompressionLevels",
        "CompressionType", "ConfigKey", "Configuration", "Context", "Database", "Dictionary", "Duration", "Int", "Kind",
        "Mutex", "Never", "Offset", "Optional", "Package", "Partitioner", "PartitionerContext", "PartitionIndex",
        "PartitionRoute", "Partitioners", "Plugin", "PluginConfiguration", "PluginError", "PluginSchema", "Protocol",
        "Record", "RecordFilter", "Replace", "RequestContext", "ResourceType", "Result", "Row", "Rule", "Self", "Set",
        "State", "StorageBackend", "StorageEntry", "StorageError", "StorageFile", "StorageProvider", "Strategy",
        "Stream", "String", "Suite", "Test", "Timestamp", "Type", "Use", "Value",
    ]
}
