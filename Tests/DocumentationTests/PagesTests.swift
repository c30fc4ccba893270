import Foundation
import Testing

/// What the pages show and say, held against the sources. `WRITE_DOCS=1 swift test --filter DocumentationTests` writes it anew.
@Suite(.serialized) struct PagesTests {
    @Test func `code on a page is the text of a file that is compiled`() throws {
        var count = 0
        for page in try Catalogue.pages() {
            var changes: [(Range<Int>, [String])] = []
            for block in page.blocks where block.language == "swift" {
                let place = "\(page.name):\(block.range.lowerBound)"
                guard let snippet = Snippet(block.marker) else {
                    Issue.record("\(place): Swift code without <!-- snippet: … --> before it")
                    continue
                }
                #expect(Self.compiled.contains { snippet.path.hasPrefix($0) }, "\(place): \(snippet.path)")
                guard let lines = snippet.lines(of: try Catalogue.text(snippet.path)) else {
                    Issue.record("\(place): \(snippet.path) has no '\(snippet.declaration ?? "")'")
                    continue
                }
                count += 1
                if lines == block.lines { continue }
                if Catalogue.isWriting {
                    changes.append((block.range, lines))
                } else {
                    Issue.record("\(place) is not what \(snippet.path) holds: run with WRITE_DOCS=1")
                }
            }
            if !changes.isEmpty { try page.write(changes) }
        }
        #expect(count > 10)
    }

    /// What the suite compiles.
    private static let compiled = ["Sources/", "Tests/Documentation/", "Templates/", "Examples/"]

    @Test func `it is said of every command whether it is run`() throws {
        let markers: Set<String> = ["run", "start", "fails", "by hand"]
        for page in try Catalogue.pages() {
            for block in page.blocks where block.language == "sh" {
                #expect(
                    block.marker.map(markers.contains) == true,
                    "\(page.name):\(block.range.lowerBound): say <!-- run -->, start, fails or by hand before it")
            }
            for block in page.blocks {
                #expect(
                    ["swift", "sh", "text", "properties"].contains(block.language), "\(page.name): \(block.language)")
            }
        }
    }

    @Test func `links lead somewhere`() throws {
        let pages = try Catalogue.pages()
        let names = Set(pages.map(\.name))
        var count = 0
        for page in pages {
            for line in page.prose {
                for match in line.matches(of: /<doc:([^>]*)>/) {
                    count += 1
                    #expect(names.contains(String(match.1)), "\(page.name): there is no page \(match.1)")
                }
                for match in line.matches(of: /``([^`]+)``/) {
                    count += 1
                    if let problem = Symbols.problem(with: String(match.1)) {
                        Issue.record("\(page.name): \(problem)")
                    }
                }
            }
        }
        #expect(count > 40)
    }

    @Test func `every page can be reached from the front page`() throws {
        let pages = try Catalogue.pages()
        let front = try #require(pages.first { $0.name == "BrokerFramework" })
        let listed = front.lines.filter { $0.hasPrefix("- <doc:") }
        for page in pages where page.name != front.name {
            #expect(listed.contains("- <doc:\(page.name)>"), "\(page.name) is not among the front page's topics")
        }
    }

    @Test func `pages are plain`() throws {
        for page in try Catalogue.pages() {
            for (index, line) in page.lines.enumerated() where !line.hasPrefix("|") {
                #expect(line.count <= 130, "\(page.name):\(index + 1) is too long")
            }
        }
    }
}

/// The public declarations that pages may link to.
enum Symbols {
    private static let folders = [
        "BrokerPluginAPI": "PluginAPI", "BrokerPluginTesting": "PluginTesting", "BrokerModel": "Model",
        "BrokerFramework": "Umbrella",
    ]

    private static let sources: [String: String] = folders.mapValues { folder in
        let base = Catalogue.root.appending(path: "Sources/BrokerFramework/\(folder)")
        let paths = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }
            .compactMap { try? String(contentsOf: base.appending(path: $0), encoding: .utf8) }.joined(separator: "\n")
    }

    /// What is wrong with a link such as `BrokerPluginAPI/Partitioner`; nil if nothing is.
    static func problem(with link: String) -> String? {
        let parts = link.split(separator: "/").map(String.init)
        guard let module = parts.first, let source = sources[module] else {
            return "``\(link)`` does not begin with a module that has pages"
        }
        guard parts.count > 1 else { return nil }
        let isDeclared = ["struct", "protocol", "enum", "class", "typealias"].contains { word in
            [":", " ", "<", "("].contains { source.contains("public \(word) \(parts[1])\($0)") }
                || source.contains("public final \(word) \(parts[1])")
        }
        guard isDeclared else { return "there is no \(parts[1]) in \(module)" }
        guard parts.count > 2 else { return nil }
        let name = parts[2].prefix { $0 != "(" }
        return source.contains("\(name)") ? nil : "there is no \(parts[2]) in \(parts[1])"
    }
}
