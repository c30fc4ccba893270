import BrokerPluginAPI
import Foundation
import Testing

@testable import BrokerAdmin

@Suite struct NewPackageTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static let plugins: [(folder: String, kind: PluginKind)] = [
        ("PartitionerPlugin", .partitioner), ("CleanupPolicyPlugin", .cleanupPolicy), ("CodecPlugin", .codec),
        ("AuthorizerPlugin", .authorizer), ("StoragePlugin", .storage),
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
        #expect(Self.templates.count == 6)
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
            let back = PackageTemplate(name: name, files: files).files(named: template.name, framework: "../..")
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

    @Test(arguments: ["partitioner", "record", "string", "use"])
    func `a name is refused whose type would hide another`(text: String) {
        let failure = #expect(throws: CommandFailure.self) { try PackageName(text) }
        #expect(failure?.advice?.contains("my-\(text)") == true)
    }

    @Test func `a misspelt kind is told what was meant`() throws {
        #expect(try NewPluginCommand.template("cleanup-policy").0 == .cleanupPolicy)
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
