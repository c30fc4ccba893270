public import BrokerPluginAPI
internal import NIOCore

/// Whether a storage backend keeps what ``BrokerPluginAPI/StorageBackend`` promises, as far as it can be seen without a crash.
public struct StorageExam {
    private let storage: any StorageBackend

    /// - Parameter storage: an empty one.
    public init(_ storage: any StorageBackend) { self.storage = storage }

    /// What is broken; empty if it passes. Leaves files behind.
    public var violations: [Violation] {
        var exam = Sitting(storage: storage)
        do {
            try exam.files()
            try exam.sizes()
            try exam.names()
            try exam.locks()
        } catch { exam.broken.append(Violation("errors come only where they belong", "\(error)")) }
        return exam.broken
    }
}

/// One run of the exam.
private struct Sitting {
    let storage: any StorageBackend
    var broken: [Violation] = []

    private mutating func expect(_ holds: Bool, _ promise: String, _ observation: String = "it is not so") {
        ExamTranscript.current?.note(promise)
        if !holds { broken.append(Violation(promise, observation)) }
    }

    private mutating func expectNotFound(_ promise: String, _ body: () throws(StorageError) -> Void) {
        do {
            try body()
            expect(false, promise)
        } catch { expect(error.code == .notFound, promise, "the error is \(error)") }
    }

    mutating func files() throws(StorageError) {
        expect(try storage.list("").isEmpty, "the exam begins on an empty backend")
        let file = storage.file("one/two/file")
        expect(try storage.list("one").isEmpty, "a handle alone makes nothing")
        expect(try file.size() == 0, "a file that does not exist has size 0")
        expectNotFound("reading a file that does not exist says so") { () throws(StorageError) in
            _ = try file.read(at: 0, count: 1)
        }
        try file.write(ByteBuffer(string: "hello"), at: 0)
        expect(try file.size() == 5, "a write extends the file")
        try file.write(ByteBuffer(string: "LL"), at: 2)
        expect(String(buffer: try file.read(at: 0, count: 100)) == "heLLo", "a write replaces bytes")
        expect(String(buffer: try file.read(at: 3, count: 1)) == "L", "a read gives the bytes at its offset")
        expect(try file.read(at: 5, count: 1).readableBytes == 0, "a read at the end gives nothing")
        expect(try file.read(at: 99, count: 1).readableBytes == 0, "a read beyond the end gives nothing")
        try file.synchronize()
        file.close()
        expect(String(buffer: try file.read(at: 0, count: 2)) == "he", "a closed handle opens anew")
        let again = storage.file("one/two/file")
        expect(String(buffer: try again.read(at: 0, count: 5)) == "heLLo", "another handle sees the same bytes")
    }

    mutating func sizes() throws(StorageError) {
        let file = storage.file("sizes")
        try file.truncate(to: 0)
        expect(try storage.list("").contains { $0.name == "sizes" && $0.size == 0 }, "truncating makes the file")
        try file.write(ByteBuffer(string: "x"), at: 10)
        let bytes = try file.read(at: 0, count: 11)
        expect(
            bytes.readableBytes == 11 && bytes.readableBytesView.dropLast().allSatisfy { $0 == 0 }, "holes are zeros")
        try file.truncate(to: 3)
        try file.truncate(to: 12)
        expect(try file.read(at: 0, count: 20) == ByteBuffer(repeating: 0, count: 12), "cut bytes do not come back")
        try file.reserve(upTo: 1 << 20)
        expect(try file.size() == 12, "reserving does not change the size")
        let large = ByteBuffer(bytes: (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
        try file.write(large, at: 7)
        expect(try file.read(at: 7, count: 3_000_000) == large, "a large write comes back whole")
        let part = large.getSlice(at: 1_000_000, length: 1_100_000)
        expect(try file.read(at: 1_000_007, count: 1_100_000) == part, "a part of it too")
        if let region = try file.region(at: 5, count: 9) {
            expect(
                region.offset == 5 && region.count == 9 && region.descriptor.number >= 0, "a region is what was asked")
        }
    }

    mutating func names() throws(StorageError) {
        for name in ["d/b", "d/a", "d/sub/c"] { try storage.file(name).write(ByteBuffer(string: name), at: 0) }
        let listed = try storage.list("d")
        expect(listed.map(\.name) == ["a", "b", "sub"], "a listing is sorted and not deep")
        expect(listed.map(\.isDirectory) == [false, false, true], "a listing tells directories from files")
        expect(listed.first?.size == 3, "a listing tells sizes")
        try storage.rename("d/a", to: "d/b")
        expect(String(buffer: try storage.file("d/b").read(at: 0, count: 9)) == "d/a", "a rename replaces the target")
        expect(try storage.list("d").map(\.name) == ["b", "sub"], "the old name is gone")
        let storage = storage
        expectNotFound("renaming what does not exist says so") { () throws(StorageError) in
            try storage.rename("d/none", to: "d/x")
        }
        try storage.rename("d", to: "e")
        expect(String(buffer: try storage.file("e/sub/c").read(at: 0, count: 9)) == "d/sub/c", "directories move whole")
        expect(try storage.list("d").isEmpty, "the old directory is gone")
        try storage.synchronizeDirectory("e")
        try storage.synchronizeDirectory("")
        try storage.remove("e")
        expect(try storage.list("e").isEmpty, "a directory is removed with all in it")
        try storage.remove("e")
    }

    mutating func locks() throws(StorageError) {
        let lock = try storage.lock("some.lock")
        do {
            _ = try storage.lock("some.lock")
            expect(false, "a lock is given once")
        } catch { expect(error.code == .locked, "a taken lock says so") }
        lock.release()
        lock.release()
        try storage.lock("some.lock").release()
        let space = try storage.space()
        expect(space.total > 0 && space.usable <= space.total, "there is room")
    }
}
