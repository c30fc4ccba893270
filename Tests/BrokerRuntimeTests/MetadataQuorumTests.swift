import BrokerCommitLog
import BrokerConsensus
import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerRuntime
import BrokerWorld
import MemoryStorage
import Testing

struct MetadataQuorumTests {
    private let storage = MemoryStorageBackend()

    private func start(before: (MetadataLog) throws -> Void = { _ in }) throws -> MetadataLoader {
        let opened = try LogDirectory.open(storage)
        defer { opened.directory.abandon() }
        let meta = try #require(opened.meta)
        let log = try MetadataLog(
            storage: storage, configuration: LogConfiguration(), facts: opened.facts(for: MetadataLog.partition), now: 0
        )
        try before(log)
        let quorum = try MetadataQuorum(
            directory: opened.directory, log: log, clusterID: meta.clusterID,
            local: ReplicaKey(id: 1, directoryID: try #require(meta.directoryID)), endpoints: [],
            configuration: RaftConfiguration(),
            snapshotPolicy: .init(byteCountBetween: .max, intervalMilliseconds: 0, retentionByteCount: -1),
            world: .system)
        let loader = try quorum.start()
        quorum.stop()
        return loader
    }

    private func format() throws {
        var generator = World.system.generator
        _ = try LogDirectoryFormat.write(
            storage, clusterID: nil, nodeID: 1, controller: Listener(name: "CONTROLLER", host: "localhost", port: 9093),
            generator: &generator, now: 0)
    }

    @Test func `a new cluster begins with its metadata version, once`() throws {
        try format()
        #expect(try start().image.features["metadata.version"] == 30)
        let offset = try start().image.offset
        // Another life adds the record that its epoch begins with, and nothing else.
        #expect(try start().image.offset == offset + 1)
    }

    @Test func `a cluster whose first leader ended too soon gets its metadata version all the same`() throws {
        try format()
        let loader = try start { log in
            try log.append(
                LeaderChange(offset: 0, epoch: 1, leaderID: 1, voters: [], grantingVoters: []), now: 0)
            _ = try log.log.flush(now: 0)
        }
        #expect(loader.image.features["metadata.version"] == 30)
    }
}
