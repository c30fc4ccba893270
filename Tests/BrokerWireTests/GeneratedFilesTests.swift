import BrokerWire
import Foundation
import ProtocolGenerator
import Testing

/// The generated files against the schemas, and both against what Kafka 4.3 is known to have.
@Suite struct GeneratedFilesTests {
    private static let folder = Support.packageRoot.appendingPathComponent(
        "Sources/BrokerFramework/Wire/Messages", isDirectory: true)

    @Test func `the committed files are what the generator writes now`() throws {
        let files = try Support.generator().files()
        for (path, text) in files {
            let committed = try? String(contentsOf: Self.folder.appendingPathComponent(path), encoding: .utf8)
            #expect(committed == text, "\(path) is stale: run ProtocolGenerator")
        }
        let present = try FileManager.default.subpathsOfDirectory(atPath: Self.folder.path)
        #expect(Set(present.filter { $0.hasSuffix(".swift") }) == Set(files.keys))
    }

    @Test func `every schema message has a type in the registry with the same versions`() throws {
        let messages = try Support.generator().schemas.flatMap(\.messages)
        #expect(WireRegistry.messages.map { $0.messageName }.sorted() == messages.map(\.name).sorted())
        for (message, type) in try Support.messages() {
            #expect(type.validVersions == Support.versions(message))
            #expect(type.firstFlexibleVersion == message.firstFlexible)
        }
    }

    @Test func `the APIs are those of Kafka 4_3`() {
        let keys = APIKey.allCases
        #expect(keys.map(\.rawValue) == Array(0...3) + Array(8...92))
        #expect(keys.reduce(0) { $0 + $1.validVersions.count } == 302)
        let onBroker = keys.filter { $0.listeners.contains(.broker) }
        #expect(onBroker.count == 77)
        #expect(onBroker.reduce(0) { $0 + $1.validVersions.count } == 278)
        #expect(keys.filter { $0.listeners.contains(.controller) }.count == 41)
        #expect(keys.filter(\.isLatestVersionUnstable) == [.initProducerID])
        #expect(APIKey.initProducerID.stableVersions == 0...5)
    }

    @Test func `a schema with a mistake is refused with file and line`() {
        let head = "data Thing\nversions 0..3\nflexible 1..\n\nbody\n"
        let mistakes = [
            ("    Name  string  5..", "cannot read '5..'"),
            ("    Name  Other", "no struct Other"),
            ("    Name  string  #0", "tagged in a version that is not flexible"),
            ("    Name", "a field needs a type"),
            ("    A  string  1.. #0\n    B  string  1.. #0", "uses a tag twice"),
            ("    Name  string?2..1", "bad versions of null"),
        ]
        for (line, problem) in mistakes {
            let error = #expect(throws: SchemaError.self) {
                try SchemaParser.parse(head + line + "\n", file: "Thing.schema")
            }
            #expect(error?.description.hasPrefix("Thing.schema:") == true)
            #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
        }
    }
}
