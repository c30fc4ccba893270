import BrokerPluginAPI
import BrokerPluginTesting
import BrokerTestKit
import MemoryStorage
import NIOCore
import Testing

struct MemoryStorageTests {
    @Test func `keeps what every storage backend promises`() {
        #expect(StorageExam(MemoryStorageBackend()).violations == [])
    }

    @Test func `the crash storage for tests keeps it too`() {
        #expect(StorageExam(CrashStorage()).violations == [])
    }

    @Test func `more than the capacity does not fit, and removing makes room`() throws {
        let storage = MemoryStorageBackend(capacity: 1000)
        try storage.file("a").write(ByteBuffer(repeating: 1, count: 900), at: 0)
        #expect(throws: StorageError.self) { try storage.file("b").write(ByteBuffer(repeating: 1, count: 200), at: 0) }
        #expect(try storage.space() == StorageSpace(total: 1000, usable: 100))
        try storage.remove("a")
        try storage.file("b").write(ByteBuffer(repeating: 1, count: 200), at: 0)
        #expect(try storage.space().usable == 800)
    }

    @Test func `a slice read earlier does not change with the file`() throws {
        let file = MemoryStorageBackend().file("a")
        try file.write(ByteBuffer(repeating: 1, count: 3 << 20), at: 0)
        let before = try file.read(at: 100, count: 1000)
        try file.write(ByteBuffer(repeating: 2, count: 3 << 20), at: 0)
        #expect(before == ByteBuffer(repeating: 1, count: 1000))
    }
}
