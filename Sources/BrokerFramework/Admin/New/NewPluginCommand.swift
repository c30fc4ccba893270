public import ArgumentParser
internal import BrokerPluginAPI

/// `new plugin`.
public struct NewPluginCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "Write a package for a plug-in.",
        discussion: """
            The plug-in works as it stands, and is there to be changed into yours:

              partitioner           regions with partitions of their own, and partitions for important customers
              cleanup-policy        the newest records of each key, not only one
              record-interceptor    records without certain headers refused, the others stamped with who sent them
              codec                 gzip with less work, through a C library
              authorizer            rules in a file
              storage               everything in one SQLite database

            EXAMPLES
              broker new plugin partitioner vip-by-region
              broker new plugin codec packed --path ~/src/packed --output json
            """)

    @Argument(
        help: "Its kind: \(PackageTemplate.kinds.map(\.rawValue).joined(separator: ", ")).",
        completion: .list(PackageTemplate.kinds.map(\.rawValue)))
    var kind: String
    @Argument(help: "Its name, as users will write it: lower-case letters, digits and hyphens.")
    var name: String
    @OptionGroup var options: NewPackageOptions

    public init() {}

    public func run() async throws {
        let (kind, template) = try Self.template(kind)
        let name = try template.checked(try Self.free(name, for: kind))
        try options.write(
            template, named: name, what: "the \(kind.words) '\(name.text)'", kind: kind.rawValue,
            next: [
                ("swift test", "builds it, and sits the exam"),
                ("broker new broker shop", "a broker to use it in; README.md says how"),
            ])
    }

    /// The name, if no plug-in of the kind has it: a broker refuses two of one name.
    static func free(_ name: String, for kind: PluginKind) throws(CommandFailure) -> String {
        guard let other = AdminPlugins.current[kind, name] else { return name }
        let type = other.typeName.split(separator: ".").last.map(String.init) ?? other.typeName
        throw CommandFailure(
            "There is a \(kind.words) '\(name)' in this broker already.", kind: .usage,
            advice: "Choose another name, such as 'my-\(name)'. To have yours in its place, write "
                + "'Replace(\(type).self, with: …)' in the composition then.")
    }

    /// What there is for a kind as users write it.
    static func template(_ word: String) throws(CommandFailure) -> (PluginKind, PackageTemplate) {
        // Also as in the names of its configs: 'interceptor'.
        let kind = PluginKind(rawValue: word) ?? PluginKind.allCases.first { $0.prefix == word }
        if let kind, let template = PackageTemplate.plugin(kind) { return (kind, template) }
        let words = PackageTemplate.kinds.map(\.rawValue)
        let all = "There are: \(words.joined(separator: ", "))."
        throw CommandFailure(
            kind == nil ? "There is no kind '\(word)' of plug-in." : "There is no template for a \(word) yet.",
            kind: .usage,
            advice: kind == nil
                ? EditDistance.nearest(to: word, among: words).map { "Did you mean '\($0)'?" } ?? all : all)
    }
}
