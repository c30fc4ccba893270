import BrokerPluginAPI
import BrokerPluginTesting
import Foundation
import OneFilePlugin
import Testing

@Suite struct OneFileTests {
    /// Runs `body` with the path of a directory that is not there yet, and removes it afterwards.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "one-file-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func `it is a storage backend`() throws {
        try withDirectory { directory in
            let storage = try OneFileStorage(.init()).open(directory)
            #expect(StorageExam(storage).violations == [])
        }
    }

    @Test func `what was secured is there wherever the process ends`() throws {
        try withDirectory { directory in
            var count = 0
            let exam = StorageCrashExam {
                count += 1
                let path = "\(directory)/\(count)"
                return .init(try OneFileStorage(.init()).open(path)) { _ in try OneFileStorage(.init()).open(path) }
            }
            #expect(exam.violations == [])
        }
    }

    @Test func `what was written is there when it is opened again`() throws {
        try withDirectory { directory in
            let text = ByteBuffer(string: "two pizzas")
            try OneFileStorage(.init()).open(directory).file("orders-0/00.log").write(text, at: 100_000)
            let again = try OneFileStorage(.init()).open(directory)
            #expect(try again.file("orders-0/00.log").read(at: 100_000, count: 99) == text)
            #expect(try again.list("orders-0").map(\.size) == [100_010])
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).contains("broker.sqlite"))
        }
    }

    @Test func `room that is given up is used again`() throws {
        try withDirectory { directory in
            let storage = try OneFileStorage(.init()).open(directory)
            func fill(_ name: String) throws -> Int64 {
                try storage.file(name).write(ByteBuffer(repeating: 7, count: 4 << 20), at: 0)
                try storage.remove(name)
                let values = try FileManager.default.attributesOfItem(atPath: directory + "/broker.sqlite")
                return (values[.size] as? Int64) ?? -1
            }
            let first = try fill("first")
            for round in 0..<20 { _ = try fill("\(round)") }
            #expect(try fill("last") < first + 8 << 20)
        }
    }

    @Test func `names with slashes, percents and quotes are names`() throws {
        try withDirectory { directory in
            let storage = try OneFileStorage(.init()).open(directory)
            for name in ["a/b%", "a/b_", "a/b'c", "ab/c", "a0/d"] {
                try storage.file(name).write(ByteBuffer(string: name), at: 0)
            }
            try storage.rename("a", to: "other")
            #expect(try storage.list("").map(\.name) == ["a0", "ab", "other"])
            #expect(try storage.list("other").map(\.name) == ["b%", "b'c", "b_"])
        }
    }
}
