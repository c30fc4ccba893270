import BrokerCommitLog
import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerRuntime
import BrokerWire
import MemoryStorage
import NIOCore
import Testing

struct MetadataSnapshotsTests {
    private let storage = MemoryStorageBackend()
    private var snapshots: MetadataSnapshots { MetadataSnapshots(storage: storage, directory: "m-0") }

    private func write(_ name: MetadataSnapshotName, _ records: [MetadataRecord]) throws {
        _ = try snapshots.write(
            "\(name)", epoch: name.epoch, records: records, control: [], metadataVersion: 30,
            lastContainedTimestamp: 77, now: 99)
    }

    private func records(topics: Int) -> [MetadataRecord] {
        (0..<topics).flatMap { number -> [MetadataRecord] in
            [
                .topic(TopicRecord(name: "topic-\(number)", topicID: id(UInt64(number) + 1))),
                .partition(
                    PartitionRecord(
                        partitionID: 0, topicID: id(UInt64(number) + 1), replicas: [1, 2, 3], isr: [1, 2, 3], leader: 1,
                        leaderEpoch: 0, partitionEpoch: 0, directories: [id(1), id(2), id(3)])),
            ]
        }
    }

    @Test(arguments: [0, 1, 3000])
    func `what is written is what is loaded`(topics: Int) throws {
        let name = MetadataSnapshotName(endOffset: 500, epoch: 3)
        var image = MetadataImage()
        var delta = MetadataDelta()
        for record in records(topics: topics) { try image.apply(record, to: &delta) }
        try write(name, image.records)
        var loader = MetadataLoader()
        try snapshots.load(name, into: &loader)
        #expect(loader.image.records == image.records)
        #expect(loader.image.offset == 499 && loader.image.epoch == 3)
    }

    @Test func `a snapshot has a header, batches of bounded size without gaps, and a footer`() throws {
        let name = MetadataSnapshotName(endOffset: 1, epoch: 2)
        try write(name, records(topics: 3000))
        let batches = try snapshots.read("\(name)")
        #expect(batches.count > 4)
        var next: Offset = 0
        for batch in batches {
            #expect(batch.header.baseOffset == next && batch.header.partitionLeaderEpoch == 2)
            #expect(batch.buffer.readableBytes < 80 << 10)
            next = batch.header.nextOffset
        }
        func control(_ batch: RecordBatch?) throws -> (type: ControlRecordType?, value: ByteBuffer) {
            let batch = try #require(batch)
            #expect(batch.header.attributes.contains(.control))
            var sequence = batch.records
            let record = try #require(try sequence.next())
            return (ControlRecordType(key: try #require(record.key)), try #require(record.value))
        }
        let header = try control(batches.first)
        #expect(header.type == .snapshotHeader)
        #expect(try SnapshotHeaderRecord.decode(header.value, version: 0).lastContainedLogTimestamp == 77)
        #expect(try control(batches.last).type == .snapshotFooter)
    }

    @Test func `only complete snapshots are listed, oldest first`() throws {
        let names = [(30, 2), (4, 1), (30, 1)].map { MetadataSnapshotName(endOffset: $0.0, epoch: $0.1) }
        for name in names { try write(name, []) }
        for other in ["00000000000000000099-0000000001.checkpoint.part", "x.checkpoint", "00000000000000000000.log"] {
            try storage.file("m-0/" + other).write(ByteBuffer(string: "x"), at: 0)
        }
        #expect(try snapshots.list() == [names[1], names[2], names[0]])
        try snapshots.remove(names[1])
        #expect(try snapshots.list() == [names[2], names[0]])
    }

    @Test func `a damaged snapshot is not loaded`() throws {
        let name = MetadataSnapshotName(endOffset: 9, epoch: 1)
        try write(name, records(topics: 10))
        let file = storage.file("m-0/\(name)")
        let size = try file.size()
        for position in stride(from: Int64(20), to: size, by: 37) where position % 61 != 0 {
            let byte = try file.read(at: position, count: 1)
            try file.write(ByteBuffer(integer: (byte.getInteger(at: 0, as: UInt8.self) ?? 0) ^ 0x40), at: position)
            var loader = MetadataLoader()
            #expect(throws: (any Error).self, "position \(position)") { try snapshots.load(name, into: &loader) }
            try file.write(byte, at: position)
        }
        var loader = MetadataLoader()
        try snapshots.load(name, into: &loader)
        #expect(loader.image.topics.count == 10)
    }

    @Test func `a bootstrap file gives its records back`() throws {
        #expect(try MetadataBootstrap.records(storage: storage) == nil)
        let voter = MetadataBootstrap.Voter(
            id: 1, directoryID: id(8), listener: "CONTROLLER", host: "h", port: 9093)
        try MetadataBootstrap.write(voter: voter, storage: storage, now: 5)
        let expected = FeatureLevelRecord(name: "metadata.version", featureLevel: 30)
        #expect(try MetadataBootstrap.records(storage: storage) == [.featureLevel(expected)])
        let quorum = MetadataSnapshots(storage: storage, directory: MetadataLog.directory)
        #expect(try quorum.list() == [MetadataSnapshotName(endOffset: 0, epoch: 0)])
    }
}
