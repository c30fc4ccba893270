import BrokerCommitLog
import BrokerModel
import BrokerPluginAPI
import FileStorage
import MemoryStorage
import NIOCore
import Synchronization
import Testing

private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isRaised: Bool { value.load(ordering: .acquiring) }
    func raise() { value.store(true, ordering: .releasing) }
}

struct ConcurrencyTests {
    /// One thread appends, others read, flush and delete what is old. Readers must only ever see whole batches at
    /// the offsets they asked for.
    @Test(arguments: [true, false])
    func `appends, reads, flushes and deletions may run at the same time`(inFiles: Bool) async throws {
        let directory = TemporaryDirectory()
        let storage: any StorageBackend =
            inFiles ? FileStorageBackend(root: directory.path, maximumOpenFiles: 3) : MemoryStorageBackend()
        let log = try open(storage, smallSegments { $0.segmentBytes = 6000 })
        let total = setting("BROKER_LOG_APPENDS", 3000)
        let done = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { done.raise() }
                for index in 0..<total {
                    let result = try log.append(batch(2, value: 60, tag: UInt64(index)))
                    try #require(result.baseOffset == Offset(index * 2))
                }
            }
            group.addTask {
                while !done.isRaised { try log.flush(now: 0) }
            }
            group.addTask {
                while !done.isRaised {
                    let end = log.recoveryPoint
                    guard end > 400 else { continue }
                    try log.unlink(try log.deleteSegments(below: end - 400, now: 0))
                    try log.removeOldSnapshots()
                    log.dropIndexes()
                }
            }
            for reader in 0..<2 {
                group.addTask {
                    var round: Offset = 0
                    while !done.isRaised {
                        round += 1
                        let end = log.logEndOffset
                        guard end > 0 else { continue }
                        let offset = max(end - 1 - round * 37 % (reader == 0 ? 4 : 300), log.logStartOffset)
                        do {
                            let slice = try log.read(from: offset, maxBytes: 4000, upperBound: end)
                            let batches = try slice.batches()
                            try #require(batches.first.map { $0.header.baseOffset == offset & ~1 } ?? true)
                        } catch let error as LogError {
                            // The segment may have been deleted since its slice was given.
                            if case .offsetOutOfRange = error { continue }
                            if case .offline(let cause) = error, cause.code == .notFound, log.failure == nil {
                                continue
                            }
                            throw error
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        try log.flush(now: 0)
        #expect(log.recoveryPoint == Offset(total * 2))
        #expect(try log.everything().last?.header.nextOffset == Offset(total * 2))
    }
}
