import Foundation
import Testing

/// The rules that the compiler does not keep, since a target can import whatever its dependencies can reach.
struct LayeringTests {
    static let sources = Result { try SourceFile.all(below: "Sources") }

    @Test func `a module imports only what the architecture allows it`() throws {
        let sources = try Self.sources.get()
        #expect(sources.count > 100, "the sources were not found")
        for file in sources where file.path.hasPrefix("Sources/BrokerFramework/") {
            guard let allowed = ModuleTable.allowed[file.module] else {
                Issue.record("\(file.path): the module \(file.module) is not in the table")
                continue
            }
            let foreign = file.imports.subtracting(allowed)
            #expect(foreign.isEmpty, "\(file.path) imports \(foreign.sorted())")
        }
    }

    @Test func `a plug-in sees the plug-in API and its own libraries`() throws {
        for file in try Self.sources.get() where file.path.hasPrefix("Sources/Plugins/") {
            let allowed = ModuleTable.plugin.union(ModuleTable.pluginKinds[file.module] ?? [])
            let foreign = file.imports.subtracting(allowed)
            #expect(foreign.isEmpty, "\(file.path) imports \(foreign.sorted())")
        }
    }

    @Test func `the reference broker is a composition that any user could write`() throws {
        for file in try Self.sources.get() where file.path.hasPrefix("Sources/DefaultBroker/") {
            let foreign = file.imports.subtracting(ModuleTable.defaultBroker).subtracting(ModuleTable.pluginProducts)
            #expect(foreign.isEmpty, "\(file.path) imports \(foreign.sorted())")
        }
    }

    @Test func `every file belongs to a folder that a rule covers`() throws {
        let covered = ["Sources/BrokerFramework/", "Sources/Plugins/", "Sources/DefaultBroker/"]
        for file in try Self.sources.get() {
            #expect(covered.contains { file.path.hasPrefix($0) }, "\(file.path)")
        }
    }

    @Test func `Foundation is used only where it is said why`() throws {
        for file in try Self.sources.get() where file.imports.contains(where: { $0.hasPrefix("Foundation") }) {
            #expect(ModuleTable.foundation.keys.contains { file.path.hasPrefix($0) }, "\(file.path)")
        }
    }

    @Test(arguments: [
        "Date(", "Task.sleep", "Task {", "Task.detached", "UUID()", "Thread.sleep", "DispatchQueue",
        "SystemRandomNumberGenerator", "ContinuousClock", "clock_gettime",
    ])
    func `time, chance and tasks come from World and Runtime alone`(call: String) throws {
        // Admin is a program's own front, and Client a library for asynchronous programs: its cores are pure, its
        // drivers run as tasks. TestKit stands outside the broker, but not outside this rule.
        let free: Set<String> = ["World", "Runtime", "Admin", "Client"]
        for file in try Self.sources.get() where !free.contains(file.module) && !file.isGenerated {
            for (index, text) in file.code where Self.mentions(text, call) {
                Issue.record("\(file.path):\(index + 1) uses \(call)")
            }
        }
    }

    @Test(arguments: ["try!", "as!", "fatalError", "@unchecked Sendable", "nonisolated(unsafe)"])
    func `what can trap or race is explained where it stands`(word: String) throws {
        for file in try Self.sources.get() where !file.isGenerated {
            for (index, text) in file.code where Self.mentions(text, word) && !file.isExplained(at: index) {
                Issue.record("\(file.path):\(index + 1) has \(word) without a comment")
            }
        }
    }

    @Test func `every folder of a plug-in has a README`() throws {
        let manager = FileManager.default
        let plugins = SourceFile.root.appending(path: "Sources/Plugins")
        // Help that several plug-ins of a kind share is no plug-in.
        let shared: Set<String> = [
            "Codecs/All", "Codecs/Support", "StorageBackends/CFile", "Partitioners/Support", "CleanupPolicies/Support",
        ]
        var count = 0
        for kind in try manager.contentsOfDirectory(atPath: plugins.path) {
            let folder = plugins.appending(path: kind)
            for name in try manager.contentsOfDirectory(atPath: folder.path) where !shared.contains("\(kind)/\(name)") {
                var isDirectory: ObjCBool = false
                let path = folder.appending(path: name).path
                guard manager.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
                    continue
                }
                count += 1
                #expect(manager.fileExists(atPath: path + "/README.md"), "\(kind)/\(name) has no README.md")
            }
        }
        #expect(count >= 7)
    }

    @Test(arguments: ["Sources", "Tests"])
    func `no file is longer than 500 lines`(folder: String) throws {
        for file in try SourceFile.all(below: folder) where !file.isGenerated {
            #expect(file.lines.count <= 501, "\(file.path) has \(file.lines.count) lines")
        }
    }

    /// Whether `text` uses `word`, and not a longer name that ends with it.
    static func mentions(_ text: String, _ word: String) -> Bool {
        let (text, word) = (Array(text.utf8), Array(word.utf8))
        guard let first = word.first, text.count >= word.count else { return false }
        for start in 0...(text.count - word.count) where text[start] == first {
            guard text[start..<start + word.count].elementsEqual(word) else { continue }
            guard start > 0 else { return true }
            let before = Character(Unicode.Scalar(text[start - 1]))
            if !before.isLetter && !before.isNumber && before != "_" { return true }
        }
        return false
    }
}
