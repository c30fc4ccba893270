import BrokerCommitLog
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerTestKit
import NIOCore
import Testing

struct LogDirectoryTests {
    @Test func `the mark of a clean stop is read once and gone before anything else happens`() throws {
        let storage = CrashStorage()
        let first = try LogDirectory.open(storage)
        #expect(!first.wasClean)
        try first.directory.closeCleanly(brokerEpoch: 12)
        let second = try LogDirectory.open(storage)
        #expect(second.wasClean)
        #expect(second.previousBrokerEpoch == 12)
        for seed in 0..<20 { #expect(try !LogDirectory.open(storage.crash(seed: UInt64(seed))).wasClean) }
    }

    @Test func `a directory is opened once at a time`() throws {
        let storage = CrashStorage()
        let opened = try LogDirectory.open(storage)
        #expect(throws: StorageError.self) { try LogDirectory.open(storage) }
        opened.directory.abandon()
        #expect(try !LogDirectory.open(storage).wasClean)
    }

    @Test func `checkpoints come back, and a damaged one is empty`() throws {
        let storage = CrashStorage()
        let directory = try LogDirectory.open(storage).directory
        let offsets = [partition: Offset(5), TopicPartition(topic: "b", partition: 2): 7]
        for checkpoint in LogDirectory.Checkpoint.allCases {
            #expect(try directory.read(checkpoint).isEmpty)
            try directory.write(checkpoint, offsets)
            #expect(try directory.read(checkpoint) == offsets)
            try storage.file(checkpoint.rawValue).write(ByteBuffer(string: "junk"), at: 0)
            #expect(try directory.read(checkpoint).isEmpty)
        }
    }

    @Test func `a crash while a checkpoint is replaced leaves the old one or the new one`() throws {
        for call in 1...6 {
            for seed in 0..<10 {
                let storage = CrashStorage()
                let directory = try LogDirectory.open(storage).directory
                try directory.write(.highWatermark, [partition: 1])
                storage.inject(.stop(at: call))
                let finished: Bool
                do {
                    try directory.write(.highWatermark, [partition: 2])
                    finished = true
                } catch { finished = false }
                let found = try LogDirectory.open(storage.crash(seed: UInt64(seed))).highWatermarks[partition]
                #expect(found == 2 || (found == 1 && !finished), "call \(call), seed \(seed)")
            }
        }
    }

    @Test func `the facts for a partition say whether it has a directory`() throws {
        let storage = CrashStorage()
        try open(storage).append(batch())
        let opened = try LogDirectory.open(storage)
        #expect(opened.facts(for: partition).hasDirectory)
        #expect(!opened.facts(for: TopicPartition(topic: "orders", partition: 1)).hasDirectory)
        #expect(opened.partitions == [PartitionDirectoryName(partition)])
        #expect(try opened.directory.topicID(of: PartitionDirectoryName(partition)) == topicID)
    }

    @Test func `a deleted log's directory gets its suffix and goes later`() throws {
        let storage = CrashStorage()
        let log = try open(storage)
        try log.append(batch())
        let name = PartitionDirectoryName(partition, suffix: .delete, unique: KafkaUUID(high: 3, low: 4))
        #expect(try log.delete(as: name) == name.description)
        #expect(throws: LogError.closed) { try log.append(batch()) }
        let directory = try LogDirectory.open(storage).directory
        #expect(try directory.partitions() == [name])
        try directory.remove(name)
        #expect(try directory.partitions().isEmpty)
    }

    @Test func `a log goes on after its directory was renamed`() throws {
        let storage = CrashStorage()
        let log = try open(storage)
        for index in 0..<20 { try log.append(batch(2, value: 100, tag: UInt64(index))) }
        try log.rename(to: PartitionDirectoryName(TopicPartition(topic: "orders", partition: 9)))
        #expect(try log.everything().count == 20)
        try log.append(batch())
        try log.flush(now: 0)
        #expect(try storage.list("").map(\.name) == ["orders-9"])
    }

    @Test func `a vote is durable when written, and damage to it is an error`() throws {
        let storage = CrashStorage()
        let directory = try LogDirectory.open(storage).directory
        #expect(try directory.quorumState(in: "m-0") == nil)
        let state = QuorumStateFile(leaderID: 1, leaderEpoch: 3, votedID: 2, votedDirectoryID: .one)
        try directory.write(state, in: "m-0")
        try storage.synchronizeDirectory("")
        let crashed = try LogDirectory.open(storage.crash(seed: 1)).directory
        #expect(try crashed.quorumState(in: "m-0") == state)
        try storage.file("m-0/quorum-state").write(ByteBuffer(string: "?"), at: 0)
        #expect(throws: StorageError.self) { try directory.quorumState(in: "m-0") }
    }

    @Test func `the inspector tells what is in every file of a directory, and finds damage`() throws {
        let storage = CrashStorage()
        try LogDirectory.format(storage, MetaProperties(clusterID: "c", nodeID: 1, directoryID: .one))
        let opened = try LogDirectory.open(storage)
        let log = try open(storage)
        for index in 0..<20 {
            try log.append(
                batch(
                    2, value: 100, producer: 3, producerEpoch: 0, sequence: Int32(index * 2), attributes: .transactional
                ))
        }
        try log.append(marker(3, commits: false), origin: .coordinator)
        try log.close(now: 0)
        try opened.directory.write(.recoveryPoint, [partition: 41])
        try opened.directory.write(QuorumStateFile(), in: "orders-0")
        try opened.directory.closeCleanly(brokerEpoch: 1)
        var inspector = LogInspector(storage)
        inspector.showsRecords = true
        var kinds: [String: Int] = [:]
        for directory in ["", "orders-0/"] {
            for entry in try storage.list(String(directory.dropLast())) where !entry.isDirectory {
                let problems = try inspector.inspect(directory + entry.name) { line in
                    kinds[line.kind, default: 0] += 1
                    #expect(line.json.hasPrefix(#"{"kind":"\#(line.kind)""#))
                }
                #expect(problems == 0, "\(entry.name)")
            }
        }
        #expect(kinds["batch"] == 21)
        #expect(kinds["record"] == 41)
        #expect(kinds["aborted"] == 1)
        for kind in ["producer", "entry", "epoch", "metadata", "meta", "quorum", "checkpoint", "cleanShutdown"] {
            #expect(kinds[kind, default: 0] > 0, "\(kind)")
        }
        try storage.file("orders-0/00000000000000000000.log").write(ByteBuffer(string: "!"), at: 80)
        #expect(try inspector.inspect("orders-0/00000000000000000000.log") { _ in } == 1)
    }
}
