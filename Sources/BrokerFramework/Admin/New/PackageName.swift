/// The name of a plug-in or a broker, as users write it and as Swift does.
///
/// In Swift it never stands alone: templates put a word behind it, so that it may be any word.
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
        guard !Self.packages.contains(text) else {
            throw CommandFailure(
                "The framework, or a package that it needs, is called '\(text)'.", kind: .usage,
                advice: "Choose another name.")
        }
        self.text = text
    }

    private static let letters: ClosedRange<Character> = "a"..."z"
    private static let digits: ClosedRange<Character> = "0"..."9"

    /// The identities of the framework and of the packages that come with it, which another package must not have.
    private static let packages: Set<String> = [
        "brokerframework", "swift-argument-parser", "swift-async-algorithms", "swift-atomics", "swift-collections",
        "swift-log", "swift-nio", "swift-service-lifecycle", "swift-system",
    ]
}
