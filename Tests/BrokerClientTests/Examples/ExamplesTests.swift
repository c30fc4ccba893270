import BrokerModel
import Testing

@testable import BrokerClient

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct ExamplesTests {
    @Test func `the README's examples do what they say`() async throws {
        try await GroupBroker.with { bench in
            try await bench.create("orders", partitions: 3)
            let servers = try #require(bench.cluster.configuration.bootstrapServers.first).description
            try await produce(to: servers)
            #expect(try await countOrders(from: servers, until: 400) == 400)
            #expect(try await bench.admin.groupLag("billing").values.compactMap(\.lag).reduce(0, +) == 599)
            #expect(try await rewindBilling(at: servers) == 999)
            #expect(try await countOrders(from: servers, until: 999) == 999)
        }
    }

    @Test func `the README shows the examples as they are compiled`() throws {
        let here = #filePath
        let code = try text(of: here.replacing("ExamplesTests.swift", with: "Examples.swift"))
        let readme = try text(
            of: here.replacing("Tests/BrokerClientTests/Examples/ExamplesTests.swift", with: "")
                + "Sources/BrokerFramework/Client/README.md")
        let examples = code.split(separator: "// example: ").dropFirst().compactMap { part in
            part.split(separator: "\n// end").first.flatMap { $0.split(separator: "\n", maxSplits: 1).last }
        }
        #expect(examples.count == 3)
        for example in examples { #expect(readme.contains("```swift\n" + example + "\n```")) }
    }

    private func text(of path: String) throws -> String {
        let file = try #require(fopen(path, "r"), "\(path) cannot be read")
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
