import BrokerPluginAPI
import BrokerPluginTesting
import BrokerTestKit
import FileStorage
import NIOCore
import Testing

/// A storage that is careless in one respect, on one that can be cut off.
private final class Careless: StorageBackend {
    enum Fault {
        case forgetsFiles, forgetsDirectories, copiesToRename, cutsToSectors
    }

    let inner: CrashStorage
    let fault: Fault

    init(_ inner: CrashStorage, _ fault: Fault) { (self.inner, self.fault) = (inner, fault) }

    func list(_ directory: String) throws(StorageError) -> [StorageEntry] { try inner.list(directory) }
    func file(_ path: String) -> any StorageFile { CarelessFile(inner.file(path), fault) }
    func rename(_ path: String, to newPath: String) throws(StorageError) {
        guard fault == .copiesToRename, try inner.list(path).isEmpty else { return try inner.rename(path, to: newPath) }
        let file = inner.file(path)
        let copy = inner.file(newPath)
        try copy.truncate(to: 0)
        try copy.write(try file.read(at: 0, count: Int(try file.size())), at: 0)
        try inner.remove(path)
    }
    func remove(_ path: String) throws(StorageError) { try inner.remove(path) }
    func synchronizeDirectory(_ directory: String) throws(StorageError) {
        if fault != .forgetsDirectories { try inner.synchronizeDirectory(directory) }
    }
    func lock(_ path: String) throws(StorageError) -> any StorageLock { try inner.lock(path) }
    func space() throws(StorageError) -> StorageSpace { try inner.space() }
}

private final class CarelessFile: StorageFile {
    let inner: any StorageFile
    let fault: Careless.Fault

    init(_ inner: any StorageFile, _ fault: Careless.Fault) { (self.inner, self.fault) = (inner, fault) }

    func size() throws(StorageError) -> Int64 { try inner.size() }
    func read(at offset: Int64, count: Int) throws(StorageError) -> ByteBuffer {
        try inner.read(at: offset, count: count)
    }
    func write(_ bytes: ByteBuffer, at offset: Int64) throws(StorageError) { try inner.write(bytes, at: offset) }
    func truncate(to size: Int64) throws(StorageError) {
        try inner.truncate(to: fault == .cutsToSectors ? size / 512 * 512 : size)
    }
    func synchronize() throws(StorageError) { if fault != .forgetsFiles { try inner.synchronize() } }
    func reserve(upTo size: Int64) throws(StorageError) { try inner.reserve(upTo: size) }
    func region(at offset: Int64, count: Int) throws(StorageError) -> StorageRegion? { nil }
    func close() { inner.close() }
}

@Suite struct `The exam of storages that crash` {
    private func promises(_ fault: Careless.Fault) -> [String] {
        StorageCrashExam(seedCount: 4) {
            let inner = CrashStorage()
            return .init(Careless(inner, fault)) { inner.crash(seed: $0) }
        }.violations.map(\.promise)
    }

    @Test func `is passed by one that keeps its promises through power cuts`() {
        let exam = StorageCrashExam(seedCount: 6) {
            let storage = CrashStorage()
            return .init(storage) { storage.crash(seed: $0) }
        }
        #expect(exam.violations == [])
    }

    @Test func `is passed by files, which outlive the process`() throws {
        let place = FileStorageBackend(root: "/tmp")
        var made: [String] = []
        defer { for name in made { try? place.remove(name) } }
        let exam = StorageCrashExam {
            let name = "broker-crash-exam-\(UInt64.random(in: .min ... .max))"
            made.append(name)
            return .init(try FileStorage().open("/tmp/\(name)")) { _ in try FileStorage().open("/tmp/\(name)") }
        }
        #expect(exam.violations == [])
        #expect(made.count > 50)
    }

    @Test func `is failed for the right reason`() {
        #expect(promises(.forgetsFiles).contains("what was synchronized is there after a crash"))
        #expect(promises(.forgetsDirectories).contains("a rename that was secured stays"))
        #expect(promises(.copiesToRename).contains("a file that replaces another is there whole"))
        #expect(promises(.cutsToSectors).contains("cutting a file leaves what is before the cut"))
    }

    @Test func `is failed by one that forgets everything, and by one that cannot be opened again`() {
        let forgetful = StorageCrashExam { .init(CrashStorage()) { _ in CrashStorage() } }
        #expect(forgetful.violations.map(\.promise).contains("what was synchronized is there after a crash"))
        let closed = StorageCrashExam {
            .init(CrashStorage()) { _ throws(StorageError) in throw StorageError(.failed, "it is broken for good") }
        }
        #expect(closed.violations.map(\.promise) == ["a place can be opened and read after a crash"])
    }
}
