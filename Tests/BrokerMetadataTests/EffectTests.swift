import BrokerMetadata
import BrokerPluginAPI
import Foundation
import Testing

/// The schema says which keys have an effect; the sources know.
struct EffectTests {
    /// The broker keys that a source file outside of the schemas spells out.
    private static func spelled() throws -> [String: String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/BrokerFramework")
        var spelled: [String: String] = [:]
        let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        for path in paths where path.hasSuffix(".swift") && !path.contains("Schema") && !path.contains("BrokerKeys") {
            // What operators type, tests set and clients are told is no use of a key.
            guard !["Wire/", "Admin/", "Client/", "Testing/"].contains(where: path.hasPrefix) else { continue }
            let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
            for piece in text.split(separator: "\"", omittingEmptySubsequences: false) {
                if ConfigSchema.broker[String(piece)] != nil { spelled[String(piece)] = path }
            }
        }
        return spelled
    }

    @Test func `a key that the sources read is declared as one that has an effect`() throws {
        let spelled = try Self.spelled()
        #expect(spelled.count > 40, "the sources were not found")
        for (name, path) in spelled {
            #expect(ConfigSchema.broker[name]?.hasEffect == true, "\(path) reads \(name): declare it with key(…)")
        }
    }

    @Test func `a key that is said to have an effect is read somewhere`() throws {
        let spelled = try Self.spelled()
        // A quorum of one needs neither.
        let understood: Set = ["inter.broker.listener.name", "controller.quorum.bootstrap.servers"]
        let twins = Set(ConfigSchema.topic.definitions.flatMap { $0.synonyms.map(\.name) })
        for definition in ConfigSchema.broker.definitions where definition.hasEffect {
            guard !twins.contains(definition.name), !understood.contains(definition.name) else { continue }
            #expect(spelled[definition.name] != nil, "nothing reads \(definition.name): declare it with inert(…)")
        }
    }
}
