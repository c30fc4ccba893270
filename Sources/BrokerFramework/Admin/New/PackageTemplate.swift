internal import BrokerPluginAPI

/// A text file of a package.
struct PackageFile: Hashable, Sendable {
    /// Relative to the package.
    var path: String
    var text: String
}

/// A whole package to begin with, as it stands in `Templates/`.
struct PackageTemplate: Sendable {
    /// The name that another is put in the place of, wherever it occurs.
    var name: PackageName
    var files: [PackageFile]

    /// A broker with plug-ins of its own.
    static let broker = PackageTemplate(
        name: PackageName(text: "shop", typeName: "Shop"), files: EmbeddedTemplates.customBroker)

    /// A plug-in of that kind; nil where there is none to begin with.
    static func plugin(_ kind: PluginKind) -> PackageTemplate? { plugins[kind] }

    /// The kinds that have a template.
    static let kinds = plugins.keys.sorted()

    private static let plugins: [PluginKind: PackageTemplate] = [
        .partitioner: PackageTemplate(
            name: PackageName(text: "regional-vip", typeName: "RegionalVIP"),
            files: EmbeddedTemplates.partitionerPlugin),
        .cleanupPolicy: PackageTemplate(
            name: PackageName(text: "keep-last", typeName: "KeepLast"), files: EmbeddedTemplates.cleanupPolicyPlugin),
        .codec: PackageTemplate(
            name: PackageName(text: "quick-gzip", typeName: "QuickGzip"), files: EmbeddedTemplates.codecPlugin),
        .authorizer: PackageTemplate(
            name: PackageName(text: "rules-file", typeName: "RulesFile"), files: EmbeddedTemplates.authorizerPlugin),
        .storage: PackageTemplate(
            name: PackageName(text: "one-file", typeName: "OneFile"), files: EmbeddedTemplates.storagePlugin),
    ]

    /// The files under another name, for a framework that is elsewhere.
    ///
    /// The template's name gives way to `name` in both of its spellings, in paths and texts; in `Package.swift` the
    /// framework's location gives way to `framework`, a path or a URL. Nothing else changes.
    func files(named name: PackageName, framework: String) -> [PackageFile] {
        files.map { file in
            var text = file.text
            if file.path == "Package.swift" {
                text = text.replacing(#""../..""#, with: Self.literal(framework))
            }
            return PackageFile(path: renamed(file.path, name), text: renamed(text, name))
        }
    }

    private func renamed(_ text: String, _ name: PackageName) -> String {
        text.replacing(self.name.text, with: name.text).replacing(self.name.typeName, with: name.typeName)
    }

    /// As Swift writes it.
    private static func literal(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
