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
    /// What stands behind the name in that of the template's main type, so that the type is taken for no other.
    var typeSuffix: String
    var files: [PackageFile]

    /// A broker with plug-ins of its own.
    static let broker = PackageTemplate(
        name: PackageName(text: "shop", typeName: "Shop"), typeSuffix: "Broker", files: EmbeddedTemplates.customBroker)

    /// A plug-in of that kind; nil where there is none to begin with.
    static func plugin(_ kind: PluginKind) -> PackageTemplate? { plugins[kind] }

    /// The kinds that have a template.
    static let kinds = plugins.keys.sorted()

    private static let plugins: [PluginKind: PackageTemplate] = [
        .partitioner: PackageTemplate(
            name: PackageName(text: "regional-vip", typeName: "RegionalVIP"), typeSuffix: "Partitioner",
            files: EmbeddedTemplates.partitionerPlugin),
        .cleanupPolicy: PackageTemplate(
            name: PackageName(text: "keep-last", typeName: "KeepLast"), typeSuffix: "Policy",
            files: EmbeddedTemplates.cleanupPolicyPlugin),
        .recordInterceptor: PackageTemplate(
            name: PackageName(text: "origin-stamp", typeName: "OriginStamp"), typeSuffix: "Interceptor",
            files: EmbeddedTemplates.interceptorPlugin),
        .codec: PackageTemplate(
            name: PackageName(text: "quick-gzip", typeName: "QuickGzip"), typeSuffix: "Codec",
            files: EmbeddedTemplates.codecPlugin),
        .authorizer: PackageTemplate(
            name: PackageName(text: "rules-file", typeName: "RulesFile"), typeSuffix: "Authorizer",
            files: EmbeddedTemplates.authorizerPlugin),
        .storage: PackageTemplate(
            name: PackageName(text: "one-file", typeName: "OneFile"), typeSuffix: "Storage",
            files: EmbeddedTemplates.storagePlugin),
    ]

    /// The name, if a package can be made of this template under it.
    ///
    /// - Throws: what to tell the user whose name it cannot be.
    func checked(_ text: String) throws(CommandFailure) -> PackageName {
        let name = try PackageName(text)
        guard !Self.taken.contains(name.typeName + typeSuffix) else {
            throw CommandFailure(
                "\(name.typeName)\(typeSuffix) is something else already, in the framework.", kind: .usage,
                advice: "Choose a name that says more: 'my-\(text)', for example.")
        }
        return name
    }

    /// What can be meant beside a template's main type: types and modules of the framework that end as such types do.
    private static let taken: Set<String> = [
        "CleanupPolicy", "CompactPolicy", "CompressionCodec", "DefaultBroker", "DefaultPlugins", "DeletePolicy",
        "ExplainablePartitioner", "FileStorage", "GzipCodec", "KeyHashPartitioner", "LZ4Codec", "MemoryStorage",
        "QuotaPolicy", "RecordCleanupPolicy", "RecordInterceptor", "RoundRobinPartitioner", "SnappyCodec",
        "StickyPartitioner", "TopicPolicy", "ZstdCodec",
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
