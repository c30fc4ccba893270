internal import BrokerPluginAPI
internal import NIOCore

/// A storage whose calls are counted and timed. Nothing can take its place: what it answers is passed on, and a log whose
/// storage fails is offline.
struct ContainedStorage: StorageBackend {
    let backend: any StorageBackend
    let use: PluginUse
    /// Whether reads and writes are too many for all of them to be timed: those of the broker's own storage.
    let isSampled: Bool

    func list(_ directory: String) throws(StorageError) -> [StorageEntry] {
        try use.watch { () throws(StorageError) in try backend.list(directory) }
    }

    func file(_ path: String) -> any StorageFile { ContainedStorageFile(backend.file(path), use, isSampled) }

    func rename(_ path: String, to newPath: String) throws(StorageError) {
        try use.watch { () throws(StorageError) in try backend.rename(path, to: newPath) }
    }

    func remove(_ path: String) throws(StorageError) {
        try use.watch { () throws(StorageError) in try backend.remove(path) }
    }

    func synchronizeDirectory(_ directory: String) throws(StorageError) {
        try use.watch { () throws(StorageError) in try backend.synchronizeDirectory(directory) }
    }

    func lock(_ path: String) throws(StorageError) -> any StorageLock {
        try use.watch { () throws(StorageError) in try backend.lock(path) }
    }

    func space() throws(StorageError) -> StorageSpace {
        try use.watch { () throws(StorageError) in try backend.space() }
    }
}

private final class ContainedStorageFile: StorageFile {
    private let file: any StorageFile
    private let use: PluginUse
    private let isSampled: Bool

    init(_ file: any StorageFile, _ use: PluginUse, _ isSampled: Bool) {
        self.file = file
        self.use = use
        self.isSampled = isSampled
    }

    func size() throws(StorageError) -> Int64 {
        try use.watch(isSampled) { () throws(StorageError) in try file.size() }
    }

    func read(at offset: Int64, count: Int) throws(StorageError) -> ByteBuffer {
        try use.watch(isSampled) { () throws(StorageError) in try file.read(at: offset, count: count) }
    }

    func write(_ bytes: ByteBuffer, at offset: Int64) throws(StorageError) {
        try use.watch(isSampled) { () throws(StorageError) in try file.write(bytes, at: offset) }
    }

    func truncate(to size: Int64) throws(StorageError) {
        try use.watch { () throws(StorageError) in try file.truncate(to: size) }
    }

    func synchronize() throws(StorageError) {
        try use.watch { () throws(StorageError) in try file.synchronize() }
    }

    func reserve(upTo size: Int64) throws(StorageError) {
        try use.watch { () throws(StorageError) in try file.reserve(upTo: size) }
    }

    func region(at offset: Int64, count: Int) throws(StorageError) -> StorageRegion? {
        try use.watch(isSampled) { () throws(StorageError) in try file.region(at: offset, count: count) }
    }

    func close() { file.close() }
}

extension PluginContainment {
    /// The broker's own storage, contained.
    ///
    /// - Parameter name: as the broker's configuration chooses it.
    func contained(_ backend: any StorageBackend, ofStorage name: String) -> any StorageBackend {
        guard PluginCalls.areMade else { return backend }
        return ContainedStorage(backend: backend, use: use(.storage, name, topic: nil), isSampled: true)
    }

    /// Opens a storage that topics have chosen, contained.
    func open(
        _ provider: any StorageProvider, named name: String, at directory: String
    ) throws(StorageError) -> any StorageBackend {
        let use = use(.storage, name, topic: nil)
        guard !use.monitor.isQuarantined else {
            throw StorageError(.failed, "the storage '\(name)' is off since it ended the process repeatedly")
        }
        let backend = try use.watch { () throws(StorageError) in try provider.open(directory) }
        return ContainedStorage(backend: backend, use: use, isSampled: false)
    }
}

extension PluginUse {
    /// What a storage was asked for that is not there, or what another holds, says nothing against it, nor does a volume
    /// that is full.
    fileprivate func watch<Answer>(
        _ isSampled: Bool = false, _ body: () throws(StorageError) -> Answer
    ) throws(StorageError) -> Answer {
        isSampled ? try watchLightly(fault: Self.fault, body) : try watch(fault: Self.fault, body)
    }

    private static func fault(_ error: StorageError) -> String? {
        switch error.code {
        case .notFound, .locked, .noSpace: nil
        case .notPermitted, .tooManyOpenFiles, .failed: error.message
        }
    }
}
