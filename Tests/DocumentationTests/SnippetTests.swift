import Foundation
import Testing

/// The reader of pages and sources sees what it must, so that the others cannot pass by blindness.
struct SnippetTests {
    private let text = "import A\n\n/// B.\nstruct B {\n    func c() {\n        d()\n    }\n    var e: Int { 1 }\n}\n"

    @Test func `a snippet is a file or a declaration of it`() throws {
        #expect(try #require(Snippet("snippet: a/b.swift")).lines(of: "x\n\ny\n\n") == ["x", "", "y"])
        let whole = try #require(Snippet("snippet: a/b.swift | struct B"))
        #expect(whole.path == "a/b.swift")
        #expect(whole.lines(of: text)?.first == "struct B {")
        #expect(whole.lines(of: text)?.last == "}")
        #expect(Snippet("snippet: a | func c")?.lines(of: text) == ["func c() {", "    d()", "}"])
        #expect(Snippet("snippet: a | var e")?.lines(of: text) == ["var e: Int { 1 }"])
        #expect(Snippet("snippet: a | func z")?.lines(of: text) == nil)
        #expect(Snippet("run") == nil)
    }

    @Test func `a page's blocks know what stands before them`() {
        let page = Page(
            name: "P", file: URL(filePath: "/"),
            text:
                "T\n<!-- run -->\n```sh\na\nb\n```\n\n```swift\nc\n```\n<!-- generated: x -->\n1\n<!-- end of what is generated -->"
        )
        #expect(page.blocks.map(\.language) == ["sh", "swift"])
        #expect(page.blocks.map(\.marker) == ["run", nil])
        #expect(page.blocks.map(\.lines) == [["a", "b"], ["c"]])
        #expect(page.generated("x").map { Array(page.lines[$0]) } == ["1"])
        #expect(!page.prose.contains("a"))
    }

    @Test func `a link to what is not there is seen`() {
        #expect(Symbols.problem(with: "BrokerPluginAPI/Partitioner") == nil)
        #expect(Symbols.problem(with: "BrokerPluginAPI/Partitioner/partition(for:)") == nil)
        #expect(Symbols.problem(with: "BrokerPluginAPI/Partitioners") != nil)
        #expect(Symbols.problem(with: "Partitioner") != nil)
    }
}
