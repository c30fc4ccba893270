import BrokerPluginAPI
import BrokerPluginTesting
import FileStorage
import NIOCore
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct FileStorageTests {
    /// A directory of its own, removed afterwards.
    private func withStorage(maximumOpenFiles: Int? = nil, _ body: (FileStorageBackend) throws -> Void) throws {
        var template = Array("/tmp/broker-files-XXXXXX".utf8CString)
        let path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        let root = try #require(path)
        let storage = FileStorageBackend(root: root, maximumOpenFiles: maximumOpenFiles)
        defer {
            for entry in (try? storage.list("")) ?? [] { try? storage.remove(entry.name) }
            rmdir(root)
        }
        try body(storage)
    }

    @Test func `keeps what every storage backend promises`() throws {
        try withStorage { #expect(StorageExam($0).violations == []) }
        try withStorage(maximumOpenFiles: 1) { #expect(StorageExam($0).violations == []) }
    }

    @Test func `no more descriptors stay open than allowed, and evicted files open anew`() throws {
        try withStorage(maximumOpenFiles: 4) { storage in
            let files = (0..<50).map { storage.file("f\($0)") }
            for round in 0..<3 {
                for (index, file) in files.enumerated() {
                    try file.write(ByteBuffer(integer: UInt32(index)), at: Int64(round * 4))
                    #expect(storage.openFileCount <= 4)
                }
            }
            for (index, file) in files.enumerated() {
                #expect(try file.read(at: 8, count: 4) == ByteBuffer(integer: UInt32(index)))
            }
        }
    }

    @Test func `a region keeps its descriptor open when the file is evicted, closed or removed`() throws {
        try withStorage(maximumOpenFiles: 1) { storage in
            let file = storage.file("a")
            try file.write(ByteBuffer(string: "abc"), at: 0)
            let region = try #require(try file.region(at: 1, count: 2))
            try storage.file("b").write(ByteBuffer(string: "b"), at: 0)
            file.close()
            try storage.remove("a")
            var bytes: [UInt8] = [0, 0]
            #expect(pread(region.descriptor.number, &bytes, 2, off_t(region.offset)) == 2)
            #expect(bytes == Array("bc".utf8))
        }
    }

    @Test func `descriptors close with their last handle`() throws {
        try withStorage { storage in
            for index in 0..<100 { try storage.file("f\(index)").write(ByteBuffer(string: "x"), at: 0) }
            #expect(storage.openFileCount == 0)
        }
    }

    @Test func `reserved room is no size, and is given back by truncating`() throws {
        try withStorage { storage in
            let file = storage.file("reserved")
            try file.write(ByteBuffer(string: "x"), at: 0)
            try file.reserve(upTo: 1 << 20)
            #expect(try file.size() == 1)
            try file.truncate(to: 1)
            var information = stat()
            #expect(stat(storage.root + "/reserved", &information) == 0)
            #expect(information.st_blocks * 512 <= 8192)
        }
    }

    @Test func `many threads may use one file`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let storage = FileStorageBackend(root: "/tmp/broker-files-\(getpid())", maximumOpenFiles: 2)
            let files = (0..<6).map { storage.file("f\($0)") }
            for file in files { try file.write(ByteBuffer(repeating: 1, count: 100), at: 0) }
            for _ in 0..<4 {
                group.addTask {
                    for round in 0..<400 {
                        let bytes = try files[round % 6].read(at: 0, count: 100)
                        #expect(bytes.readableBytes == 100)
                    }
                }
            }
            try await group.waitForAll()
            for entry in try storage.list("") { try storage.remove(entry.name) }
            rmdir(storage.root)
        }
    }
}
