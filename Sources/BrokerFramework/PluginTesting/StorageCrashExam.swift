public import BrokerPluginAPI
internal import NIOCore

/// Whether what a storage backend has secured is there after a crash, wherever the crash comes.
///
/// The exam leads the life of a log directory on the backend: it appends, flushes, cuts, replaces whole files, renames and
/// removes. It does so once for each call that changes or secures something, lets that call be the last, opens the place
/// anew, and looks whether everything is there that was secured and nothing that was durably removed.
///
/// ```swift
/// #expect(
///     StorageCrashExam {
///         let path = try makeEmptyDirectory()
///         return .init(try MyStorage(.init()).open(path)) { _ in try MyStorage(.init()).open(path) }
///     }.violations == [])
/// ```
public struct StorageCrashExam {
    /// An empty place and what becomes of it.
    public struct Stage {
        let storage: any StorageBackend
        let reopen: (UInt64) throws -> any StorageBackend

        /// - Parameters:
        ///   - storage: a backend on an empty place of its own.
        ///   - reopen: opens the place as another process would find it, though the first backend was never told to end.
        ///     Who can simulate a power cut loses by chance what was not secured, the same for the same number.
        public init(_ storage: any StorageBackend, reopen: @escaping (_ seed: UInt64) throws -> any StorageBackend) {
            self.storage = storage
            self.reopen = reopen
        }
    }

    private let seeds: Range<UInt64>
    private let make: () throws -> Stage

    /// - Parameters:
    ///   - seedCount: how many outcomes to look at for each crash; 1 is enough where `reopen` leaves nothing to chance.
    ///   - make: makes a stage; called some hundred times.
    public init(seedCount: Int = 1, _ make: @escaping () throws -> Stage) {
        seeds = 0..<UInt64(max(1, seedCount))
        self.make = make
    }

    /// What is broken; empty if it passes. The same in every run.
    public var violations: [Violation] {
        var findings = Findings()
        do {
            var life = StorageLife(CutStorage(try make().storage, after: .max))
            do throws(StorageError) { try life.run() } catch {
                findings.expect("without a crash every call succeeds", false, "\(error)")
                return findings.violations
            }
            for last in 0...life.storage.callCount {
                for seed in seeds { try crash(after: last, seed: seed, &findings) }
            }
        } catch { findings.expect("an empty place can be opened", false, "\(error)") }
        return findings.violations
    }

    private func crash(after callCount: Int, seed: UInt64, _ findings: inout Findings) throws {
        let stage = try make()
        var life = StorageLife(CutStorage(stage.storage, after: callCount))
        do throws(StorageError) { try life.run() } catch {
            // It ended where it was to.
        }
        let moment = "after call \(callCount) of the exam, \(life.storage.lastCall)"
        do {
            let found = try stage.reopen(seed &* 1_000 &+ UInt64(callCount))
            for claim in life.claims { try claim.examine(found, moment, &findings) }
            let file = found.file("after/the crash")
            try file.write(ByteBuffer(string: "on"), at: 0)
            try file.synchronize()
            findings.expect(
                "a storage goes on after a crash", try file.read(at: 0, count: 9) == ByteBuffer(string: "on"), moment)
        } catch { findings.expect("a place can be opened and read after a crash", false, "\(moment): \(error)") }
    }
}

/// Passes calls on until one of those that change or secure something was the last; all after it fail.
final class CutStorage: StorageBackend {
    // Unchecked: the exam is one thread, and nobody else has the storage.
    private final class Meter: @unchecked Sendable {
        var count = 0
        var last = "before the first"
    }

    private let inner: any StorageBackend
    private let limit: Int
    private let meter = Meter()

    init(_ inner: any StorageBackend, after limit: Int) {
        self.inner = inner
        self.limit = limit
    }

    var callCount: Int { meter.count }
    var lastCall: String { meter.last }

    fileprivate func pass(_ name: String) throws(StorageError) {
        guard meter.count < limit else { throw StorageError(.failed, "the exam has stopped the process") }
        meter.count += 1
        meter.last = name
    }

    func list(_ directory: String) throws(StorageError) -> [StorageEntry] { try inner.list(directory) }
    func file(_ path: String) -> any StorageFile { CutFile(inner.file(path), path, self) }
    func rename(_ path: String, to newPath: String) throws(StorageError) {
        try pass("rename(\(path), to: \(newPath))")
        try inner.rename(path, to: newPath)
    }
    func remove(_ path: String) throws(StorageError) {
        try pass("remove(\(path))")
        try inner.remove(path)
    }
    func synchronizeDirectory(_ directory: String) throws(StorageError) {
        try pass("synchronizeDirectory(\(directory))")
        try inner.synchronizeDirectory(directory)
    }
    func lock(_ path: String) throws(StorageError) -> any StorageLock { try inner.lock(path) }
    func space() throws(StorageError) -> StorageSpace { try inner.space() }
}

private final class CutFile: StorageFile {
    private let inner: any StorageFile
    private let path: String
    private let storage: CutStorage

    init(_ inner: any StorageFile, _ path: String, _ storage: CutStorage) {
        self.inner = inner
        self.path = path
        self.storage = storage
    }

    func size() throws(StorageError) -> Int64 { try inner.size() }
    func read(at offset: Int64, count: Int) throws(StorageError) -> ByteBuffer {
        try inner.read(at: offset, count: count)
    }
    func write(_ bytes: ByteBuffer, at offset: Int64) throws(StorageError) {
        try storage.pass("write to \(path)")
        try inner.write(bytes, at: offset)
    }
    func truncate(to size: Int64) throws(StorageError) {
        try storage.pass("truncate \(path)")
        try inner.truncate(to: size)
    }
    func synchronize() throws(StorageError) {
        try storage.pass("synchronize \(path)")
        try inner.synchronize()
    }
    func reserve(upTo size: Int64) throws(StorageError) { try inner.reserve(upTo: size) }
    func region(at offset: Int64, count: Int) throws(StorageError) -> StorageRegion? {
        try inner.region(at: offset, count: count)
    }
    func close() { inner.close() }
}
