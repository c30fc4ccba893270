import BrokerPluginAPI
import Foundation
import Testing

@testable import BrokerAdmin

@Suite struct NewPackageTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static let plugins: [(folder: String, kind: PluginKind)] = [
        ("PartitionerPlugin", .partitioner), ("CleanupPolicyPlugin", .cleanupPolicy), ("CodecPlugin", .codec),
        ("AuthorizerPlugin", .authorizer), ("StoragePlugin", .storage), ("InterceptorPlugin", .recordInterceptor),
    ]

    private static let templates: [(folder: String, template: PackageTemplate)] =
        [("CustomBroker", PackageTemplate.broker)]
        + plugins.compactMap { plugin in PackageTemplate.plugin(plugin.kind).map { (plugin.folder, $0) } }

    /// The files below a directory, without what a build leaves there.
    private func files(below directory: URL) throws -> [PackageFile] {
        let paths = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []
        return try paths.filter { !$0.hasPrefix(".build") && $0 != "Package.resolved" }.sorted().compactMap { path in
            var isDirectory: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: directory.appending(path: path).path, isDirectory: &isDirectory)
            guard !isDirectory.boolValue else { return nil }
            return PackageFile(
                path: path, text: try String(contentsOf: directory.appending(path: path), encoding: .utf8))
        }
    }

    /// Runs `body` with an empty directory.
    private func withDirectory<Answer>(_ body: (URL) throws -> Answer) throws -> Answer {
        let directory = FileManager.default.temporaryDirectory.appending(path: "new-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        return try body(directory)
    }

    // MARK: Templates

    @Test func `the command carries the templates as they are`() throws {
        #expect(Self.templates.count == 7)
        for (folder, template) in Self.templates {
            let files = try files(below: Self.root.appending(path: "Templates").appending(path: folder))
            let changed = Set(files).symmetricDifference(template.files).map(\.path)
            #expect(
                changed.isEmpty && files.count == template.files.count,
                "Templates/\(folder) has changed: 'make generate' puts it into the command.")
        }
    }

    @Test func `nothing is left of a template's name, and everything comes back under it`() throws {
        for (folder, template) in Self.templates {
            let name = try PackageName("vip-by-7")
            let files = template.files(named: name, framework: "../..")
            let text = files.map { $0.path + "\n" + $0.text }.joined(separator: "\n")
            #expect(!text.contains(template.name.text) && !text.contains(template.name.typeName), "\(folder)")
            #expect(text.contains("vip-by-7") && text.contains("VipBy7"), "\(folder)")
            let back = PackageTemplate(name: name, typeSuffix: "", files: files).files(
                named: template.name, framework: "../..")
            #expect(back == template.files, "\(folder)")
        }
    }

    @Test func `the framework's place stands in Package.swift as Swift writes it`() throws {
        for (folder, template) in Self.templates {
            let files = template.files(named: template.name, framework: #"/a "b" \c"#)
            let package = try #require(files.first { $0.path == "Package.swift" })
            #expect(package.text.contains(#"?? "/a \"b\" \\c""#), "\(folder)")
        }
    }

    // MARK: Names

    @Test(arguments: [("vip-by-region", "VipByRegion"), ("a", "A"), ("s3-store", "S3Store"), ("x9", "X9")])
    func `a name is written as users and as Swift do`(text: String, typeName: String) throws {
        #expect(try PackageName(text).typeName == typeName)
    }

    @Test(arguments: [
        "", "-a", "a-", "a--b", "9a", "Vip", "vip_region", "vip region", "vip/region", "..", "é", "a\"b",
        String(repeating: "a", count: 65),
    ])
    func `what no plug-in can be called is refused`(text: String) {
        #expect(throws: CommandFailure.self) { try PackageName(text) }
    }

    /// What stands behind a template's name in Swift: `Partitioner` and `Plugin`, for example.
    private static func suffixes(of template: PackageTemplate) -> Set<String> {
        let texts = template.files.filter { $0.path.hasSuffix(".swift") }.map(\.text)
        return Set(
            texts.flatMap { text in
                text.matches(of: /\w+/).compactMap { match in
                    match.output.hasPrefix(template.name.typeName)
                        ? String(match.output.dropFirst(template.name.typeName.count)) : nil
                }
            })
    }

    /// The names of the framework's public types, which a composition sees beside a plug-in's.
    private static func types() throws -> Set<String> {
        let sources = root.appending(path: "Sources")
        let paths = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
        var names: Set<String> = []
        for path in paths where path.hasSuffix(".swift") && !path.contains("/Templates/") {
            let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
            let types = /^public (?:final |indirect )?(?:struct|class|enum|protocol|actor|typealias) (\w+)/
                .anchorsMatchLineEndings()
            names.formUnion(text.matches(of: types).map { String($0.output.1) })
        }
        return names
    }

    /// The names of the framework's targets, tests aside, which no other package's target may have.
    private static func targets() throws -> Set<String> {
        let package = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
        return Set(package.matches(of: /"(\w+)"/).map { String($0.output.1) }.filter { !$0.hasSuffix("Tests") })
    }

    @Test func `a template's name never stands alone in Swift`() {
        for (folder, template) in Self.templates {
            let suffixes = Self.suffixes(of: template)
            #expect(suffixes.contains(template.typeSuffix) && !suffixes.contains(""), "\(folder): \(suffixes)")
        }
    }

    @Test func `a name is refused whose types or modules would be taken for others`() throws {
        let (types, targets) = (try Self.types(), try Self.targets())
        #expect(types.contains("KeyHashPartitioner") && targets.contains("DefaultPlugins"))
        var refused: [String] = []
        for (folder, template) in Self.templates {
            // A main is a module of its own, whose types go before all others.
            let names = template.typeSuffix == "Broker" ? targets : targets.union(types)
            for suffix in Self.suffixes(of: template) where !suffix.hasSuffix("Tests") {
                for name in names where name.hasSuffix(suffix) && name != suffix {
                    let text = name.dropLast(suffix.count).replacing(/[A-Z]/) { "-" + $0.output.lowercased() }
                        .dropFirst()
                    // A name that no package can have, such as LZ4's.
                    guard let made = try? PackageName(String(text)), made.typeName + suffix == name else { continue }
                    refused.append(name)
                    let failure = #expect(throws: CommandFailure.self, "\(folder): \(text)") {
                        try template.checked(String(text))
                    }
                    #expect(failure?.advice?.contains("my-\(text)") == true)
                }
            }
        }
        #expect(
            Set(refused).isSuperset(of: ["DefaultPlugins", "KeyHashPartitioner", "CleanupPolicy", "CompressionCodec"]))
        for word in ["any", "sendable", "string", "record", "default", "protocol", "self", "use", "key-hash"] {
            let template = word == "key-hash" ? PackageTemplate.plugin(.codec) : PackageTemplate.plugin(.partitioner)
            #expect(try template?.checked(word).text == word)
        }
    }

    @Test func `no package is called as one that the framework needs`() throws {
        let resolved = try String(contentsOf: Self.root.appending(path: "Package.resolved"), encoding: .utf8)
        let identities = resolved.matches(of: /"identity" : "([^"]+)"/).map { String($0.output.1) }
        #expect(identities.contains("swift-nio"))
        for identity in identities + ["brokerframework"] {
            #expect(throws: CommandFailure.self, "\(identity)") { try PackageName(identity) }
        }
    }

    @Test func `the name of a plug-in that the broker has is refused, with what to do`() throws {
        for plugin in AdminPlugins.builtIn.registrations where PackageTemplate.plugin(plugin.kind) != nil {
            #expect(throws: CommandFailure.self, "\(plugin.name)") {
                try NewPluginCommand.free(plugin.name, for: plugin.kind)
            }
        }
        let failure = #expect(throws: CommandFailure.self) { try NewPluginCommand.free("gzip", for: .codec) }
        #expect(failure?.advice?.contains("Replace(GzipCodec.self, with:") == true && failure?.kind == .usage)
        #expect(try NewPluginCommand.free("gzip", for: .partitioner) == "gzip")
    }

    @Test func `a misspelt kind is told what was meant`() throws {
        #expect(try NewPluginCommand.template("cleanup-policy").0 == .cleanupPolicy)
        #expect(try NewPluginCommand.template("interceptor").0 == .recordInterceptor)
        #expect(try NewPluginCommand.template("record-interceptor").0 == .recordInterceptor)
        let failure = #expect(throws: CommandFailure.self) { try NewPluginCommand.template("partitoner") }
        #expect(failure?.advice == "Did you mean 'partitioner'?")
        let strange = #expect(throws: CommandFailure.self) { try NewPluginCommand.template("something-else") }
        #expect(strange?.advice?.contains("authorizer") == true)
    }

    // MARK: Writing

    @Test func `a package is written whole, and never over another`() throws {
        try withDirectory { directory in
            let path = directory.appending(path: "shop").path
            let some = [PackageFile(path: "Package.swift", text: "one"), PackageFile(path: "a/b/c.swift", text: "two")]
            try PackageWriter.write(some, to: path)
            #expect(try files(below: URL(filePath: path)) == some)
            let failure = #expect(throws: CommandFailure.self) {
                try PackageWriter.write([PackageFile(path: "Package.swift", text: "other")], to: path + "/")
            }
            #expect(failure?.kind == .alreadyExists)
            #expect(try files(below: URL(filePath: path)) == some)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["shop"])
        }
    }

    @Test(arguments: ["/", ".", "..", "a/.."]) func `a package has a directory of its own`(path: String) {
        let failure = #expect(throws: CommandFailure.self) { try PackageWriter.write([], to: path) }
        #expect(failure?.kind == .usage)
    }

    // MARK: The framework

    @Test func `the framework is the checkout that the executable lies in`() throws {
        let root = Self.root.path
        #expect(FrameworkLocation.checkout(around: root + "/.build/x86_64/debug/broker") == root)
        #expect(try FrameworkLocation.find(root) == root)
        #expect(
            try FrameworkLocation.find("https://example.org/BrokerFramework") == "https://example.org/BrokerFramework")
        try withDirectory { directory in
            #expect(FrameworkLocation.checkout(around: directory.path + "/broker") == nil)
            #expect(throws: CommandFailure.self) { try FrameworkLocation.find(directory.path) }
        }
    }
}
