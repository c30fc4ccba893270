import BrokerCommitLog
import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerRuntime
import Dispatch
import Logging
import NIOCore
import Synchronization
import Testing

/// Logs that are opened, deleted and closed by several threads at once.
@Suite(.timeLimit(.minutes(2)))
struct LogManagerTests {
    private let storage = WatchedStorage()
    private let workers = Workers(count: 4)
    private static let topic = TopicImage(
        name: "t", id: id(1),
        partitions: Array(repeating: PartitionImage(replicas: [1], leader: 1, directories: []), count: 3))

    private func open() throws -> LogManager {
        LogManager(
            opened: try LogDirectory.open(storage), world: TestWorld().world,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func name(_ partition: PartitionIndex) -> TopicPartition {
        TopicPartition(topic: "t", partition: partition)
    }

    private func log(_ logs: LogManager, _ partition: PartitionIndex, _ topic: UInt64 = 1) throws -> PartitionLog {
        try logs.log(of: name(partition), topicID: id(topic), configuration: LogConfiguration())
    }

    /// Three logs with records, closed in order.
    private func fill() async throws {
        let logs = try open()
        for partition in 0..<3 as Range<PartitionIndex> {
            var batch = producerBatch(2).build()
            _ = try log(logs, partition).append(&batch, leaderEpoch: 0, origin: .client, now: 0)
        }
        await logs.close(metadataLog: try log(logs, 0), brokerEpoch: 1, threads: workers)
    }

    /// Where threads meet: each waits for the others, 10 s at most.
    private final class Meeting: Sendable {
        private let size: Int
        private let arrived = Mutex(0)
        private let door = DispatchSemaphore(value: 0)
        private let missed = Mutex(0)

        init(_ size: Int) { self.size = size }

        func arrive() {
            let isLast = arrived.withLock { arrived in
                arrived += 1
                return arrived == size
            }
            if isLast { for _ in 0..<size { door.signal() } }
            if door.wait(timeout: .now() + 10) == .timedOut { missed.withLock { $0 += 1 } }
        }

        var isComplete: Bool { missed.withLock { $0 } == 0 && arrived.withLock { $0 } >= size }
    }

    @Test func `logs of different partitions are opened at a time`() async throws {
        try await fill()
        let logs = try open()
        let meeting = Meeting(3)
        let met = Mutex<Set<String>>([])
        storage.onList { directory in
            let isFirst = met.withLock { directory.hasPrefix("t-") && $0.insert(directory).inserted }
            if isFirst { meeting.arrive() }
        }
        await workers.forEach([0, 1, 2]) { partition in _ = try? log(logs, partition) }
        #expect(meeting.isComplete)
        #expect(Set(logs.all.map(\.partition)) == [name(0), name(1), name(2)])
        #expect(logs.all.allSatisfy { $0.logEndOffset == 2 })
        await workers.stop()
    }

    @Test func `one partition's log is opened once, whoever asks`() async throws {
        try await fill()
        let logs = try open()
        let found = Mutex<Set<ObjectIdentifier>>([])
        let meeting = Meeting(4)
        await workers.forEach([0, 1, 2, 3]) { _ in
            meeting.arrive()
            guard let log = try? log(logs, 0) else { return }
            found.withLock { _ = $0.insert(ObjectIdentifier(log)) }
        }
        #expect(found.withLock { $0.count } == 1 && logs.all.count == 1)
        await workers.stop()
    }

    @Test func `a deletion waits for the log that is being opened, and takes it along`() async throws {
        try await fill()
        let logs = try open()
        let opening = DispatchSemaphore(value: 0)
        let isFirst = Mutex(true)
        storage.onList { directory in
            guard directory == "t-0",
                isFirst.withLock({ first in
                    defer { first = false }; return first
                })
            else { return }
            opening.signal()
        }
        await workers.forEach([true, false]) { opens in
            if opens {
                _ = try? log(logs, 0)
            } else {
                opening.wait()
                logs.delete(Self.topic)
            }
        }
        #expect(logs.all.isEmpty)
        let names = try storage.list("").map(\.name).filter { $0.hasPrefix("t-") || $0.contains("-delete") }
        #expect(names.count == 3 && names.allSatisfy { $0.hasSuffix("-delete") })
        #expect(throws: LogError.closed) { try log(logs, 0) }
        #expect(try log(logs, 0, 2).logEndOffset == 0, "another topic of that name begins anew")
        await workers.stop()
    }

    @Test func `a topic of the same name waits until the one before is deleted`() async throws {
        try await fill()
        let logs = try open()
        #expect(throws: LogError.closed) { try log(logs, 0, 2) }
        #expect(try log(logs, 1).logEndOffset == 2)
        #expect(throws: LogError.closed) { try log(logs, 1, 2) }
        logs.delete(Self.topic)
        for partition in [0, 1] as [PartitionIndex] { #expect(try log(logs, partition, 2).logEndOffset == 0) }
        await workers.stop()
    }

    @Test func `nothing is opened any more once the logs are closed`() async throws {
        try await fill()
        let logs = try open()
        let first = try log(logs, 0)
        await logs.close(metadataLog: first, brokerEpoch: 1, threads: workers)
        #expect(throws: LogError.closed) { try log(logs, 1) }
        await workers.stop()
    }
}
