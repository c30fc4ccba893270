import Foundation
import Testing

/// Plays every file of `Scenarios` and compares what happens with what stands there. `RECORD_SCENARIOS=1` writes it down anew.
@Suite struct ScenarioTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Scenarios")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".txt") }.sorted()
    }()

    @Test(arguments: names) func `a scenario goes as it is written`(name: String) throws {
        let file = Self.folder.appending(path: name)
        let written = try String(contentsOf: file, encoding: .utf8)
        var script = Script(written)
        var player = Player()
        for index in script.blocks.indices { script.blocks[index].told = try player.play(script.blocks[index]) }
        if ProcessInfo.processInfo.environment["RECORD_SCENARIOS"] == "1" {
            try script.text.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(script.text == written)
        }
    }

    @Test func `there are scenarios`() { #expect(Self.names.count >= 10) }
}
