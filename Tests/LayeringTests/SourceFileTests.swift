import Testing

/// The reader of sources sees what it must, so that the rules cannot pass by blindness.
struct SourceFileTests {
    private func file(_ lines: String...) -> SourceFile {
        SourceFile(path: "Sources/BrokerFramework/Runtime/Requests/X.swift", lines: lines)
    }

    @Test func `imports are found whatever stands before them`() {
        let file = file(
            "import A", "public import B", "    internal import C", "@testable import D", "import struct E.F",
            "package import G // why", "// import H", "let import = 1")
        #expect(file.imports == ["A", "B", "C", "D", "E", "G"])
    }

    @Test func `comments are not code`() {
        #expect(file("// try! this", "let a = 1 // try! that").code.map(\.text) == ["let a = 1 "])
    }

    @Test func `a comment above or beside a line explains it`() {
        let file = file("// Because.", "@inline(never)", "fatalError()", "", "fatalError()", "fatalError() // Because.")
        #expect([2, 4, 5].map(file.isExplained) == [true, false, true])
    }

    @Test(arguments: [("UUID()", true), ("KafkaUUID()", false), ("(UUID())", true), ("KafkaUUID(UUID())", true)])
    func `a longer name is another name`(text: String, mentioned: Bool) {
        #expect(LayeringTests.mentions(text, "UUID()") == mentioned)
    }

    @Test func `a module is the folder that names it`() {
        #expect(file().module == "Runtime")
        #expect(SourceFile(path: "Sources/Plugins/Codecs/Gzip/A.swift", lines: []).module == "Plugins/Codecs/Gzip")
        #expect(
            SourceFile(path: "Sources/Plugins/Authorizers/AllowAll/A.swift", lines: []).module
                == "Plugins/Authorizers/AllowAll")
        #expect(SourceFile(path: "Sources/DefaultBroker/A.swift", lines: []).module == "DefaultBroker")
    }
}
