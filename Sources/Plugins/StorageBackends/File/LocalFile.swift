internal import BrokerPluginAPI
internal import CBrokerFile
internal import NIOCore
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A file by its path. The descriptor is opened when first needed and may be closed behind its back by the cache.
final class LocalFile: StorageFile {
    private let path: String
    private let cache: DescriptorCache
    private let slot = DescriptorCache.Slot()

    init(path: String, cache: DescriptorCache) {
        self.path = path
        self.cache = cache
    }

    deinit { cache.forget(slot) }

    func size() throws(StorageError) -> Int64 {
        if let open = slot.held.withLock({ $0 }) {
            var information = stat()
            guard fstat(open.number, &information) == 0 else { throw storageError("fstat", path) }
            return Int64(information.st_size)
        }
        return Int64(try status(path)?.st_size ?? 0)
    }

    func read(at offset: Int64, count: Int) throws(StorageError) -> ByteBuffer {
        guard count > 0, offset >= 0 else { return ByteBuffer() }
        let descriptor = try descriptor(creating: false)
        // Not more memory than the file can fill; for little it is not worth asking.
        let wanted = count <= 1 << 16 ? count : Int(min(Int64(count), max(try size() - offset, 0)))
        var buffer = ByteBufferAllocator().buffer(capacity: wanted)
        var failed: StorageError?
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { raw in
            guard let base = raw.baseAddress else { return 0 }
            var done = 0
            while done < wanted {
                let got = retrying { pread(descriptor.number, base + done, wanted - done, off_t(offset) + off_t(done)) }
                if got < 0 { failed = storageError("read", path) }
                if got <= 0 { break }
                done += got
            }
            return done
        }
        if let failed { throw failed }
        return buffer
    }

    func write(_ bytes: ByteBuffer, at offset: Int64) throws(StorageError) {
        let descriptor = try descriptor(creating: true)
        let failed: StorageError? = bytes.withUnsafeReadableBytes { raw in
            guard let base = raw.baseAddress else { return nil }
            var done = 0
            while done < raw.count {
                let put = retrying {
                    pwrite(descriptor.number, base + done, raw.count - done, off_t(offset) + off_t(done))
                }
                guard put > 0 else { return storageError("write", path, number: put == 0 ? EIO : errno) }
                done += put
            }
            return nil
        }
        if let failed { throw failed }
    }

    func truncate(to size: Int64) throws(StorageError) {
        let descriptor = try descriptor(creating: true)
        guard retrying({ ftruncate(descriptor.number, off_t(size)) }) == 0 else {
            throw storageError("ftruncate", path)
        }
    }

    func synchronize() throws(StorageError) {
        let descriptor = try descriptor(creating: false)
        #if canImport(Darwin)
            let result = retrying { fcntl(descriptor.number, F_FULLFSYNC) }
        #else
            let result = retrying { fdatasync(descriptor.number) }
        #endif
        guard result != -1 else { throw storageError("fdatasync", path) }
    }

    func reserve(upTo size: Int64) throws(StorageError) {
        let descriptor = try descriptor(creating: true)
        // File systems that cannot do it say so; it was only a hint.
        if broker_file_reserve(descriptor.number, size) != 0 && (errno == ENOSPC || errno == EDQUOT) {
            throw storageError("fallocate", path)
        }
    }

    func region(at offset: Int64, count: Int) throws(StorageError) -> StorageRegion? {
        StorageRegion(descriptor: try descriptor(creating: false), offset: offset, count: count)
    }

    func close() { cache.forget(slot) }

    private func descriptor(creating: Bool) throws(StorageError) -> StorageDescriptor {
        if let open = slot.held.withLock({ $0 }) {
            // Only written when it changes, so that busy files do not bounce a cache line.
            if !slot.wasUsed.load(ordering: .relaxed) { slot.wasUsed.store(true, ordering: .relaxed) }
            return open
        }
        let number: Int32
        do { number = try openFile(creating: creating) } catch {
            guard error.code == .tooManyOpenFiles else { throw error }
            cache.shrink()
            number = try openFile(creating: creating)
        }
        let opened = StorageDescriptor(number: number) { number in
            #if canImport(Glibc)
                _ = Glibc.close(number)
            #elseif canImport(Musl)
                _ = Musl.close(number)
            #else
                _ = Darwin.close(number)
            #endif
        }
        // Two threads may open at once: the first wins, the other's descriptor closes when it goes out of scope.
        let winner = slot.held.withLock { held in
            if let held { return held }
            held = opened
            return opened
        }
        if winner === opened { cache.opened(slot) }
        return winner
    }

    private func openFile(creating: Bool) throws(StorageError) -> Int32 {
        let flags = O_RDWR | O_CLOEXEC | (creating ? O_CREAT : 0)
        var number = retrying { open(path, flags, 0o644) }
        if number < 0 && errno == ENOENT && creating, let slash = path.lastIndex(of: "/") {
            try makeDirectories(String(path[..<slash]))
            number = retrying { open(path, flags, 0o644) }
        }
        if number < 0 && !creating && (errno == EACCES || errno == EROFS) {
            number = retrying { open(path, O_RDONLY | O_CLOEXEC) }
        }
        guard number >= 0 else { throw storageError("open", path) }
        return number
    }
}
