import BrokerCommitLog
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerTestKit
import MemoryStorage
import NIOCore
import Testing

private func bytes(_ hex: String) -> ByteBuffer {
    let digits = hex.filter { $0 != " " && $0 != "\n" }
    var buffer = ByteBuffer()
    var rest = digits[...]
    while !rest.isEmpty {
        buffer.writeInteger(UInt8(rest.prefix(2), radix: 16) ?? 0)
        rest = rest.dropFirst(2)
    }
    return buffer
}

/// Files made by hand from Kafka's formats, byte for byte.
struct FileFormatTests {
    @Test func `an offset index is eight bytes an entry, and empty slots at its end do not count`() throws {
        let golden = bytes("00000009 00001000  00000013 00002040")
        let index = try #require(OffsetIndex(golden))
        #expect(index.entries.map(\.relativeOffset) == [9, 19])
        #expect(index.entries.map(\.position) == [4096, 8256])
        #expect(index.encoded == golden)
        #expect(index.position(for: 8) == 0)
        #expect(index.position(for: 9) == 4096)
        #expect(index.position(for: 1000) == 8256)
        var untrimmed = golden
        untrimmed.writeRepeatingByte(0, count: 80)
        #expect(OffsetIndex(untrimmed) == index)
        #expect(OffsetIndex(bytes("00000009 00001000 00")) == nil)
        #expect(OffsetIndex(bytes("00000009 00001000  00000009 00002000")) == nil)
        #expect(OffsetIndex(bytes("00000009 00001000  00000000 00000000  00000013 00002040")) == nil)
    }

    @Test func `a time index is twelve bytes an entry`() throws {
        let golden = bytes("0000018000000000 00000009  0000018000000001 00000013")
        let index = try #require(TimeIndex(golden))
        #expect(index.entries.map(\.timestamp) == [0x180_0000_0000, 0x180_0000_0001])
        #expect(index.encoded == golden)
        #expect(index.relativeOffset(for: 0x180_0000_0000) == 0)
        #expect(index.relativeOffset(for: 0x180_0000_0001) == 9)
        #expect(index.relativeOffset(for: 0x180_0000_0002) == 19)
        #expect(TimeIndex(bytes("0000018000000001 00000009  0000018000000001 00000013")) == nil)
    }

    @Test func `a transaction index is 34 bytes an entry`() throws {
        let golden = bytes("0000 0000000000000007 0000000000000064 000000000000006e 0000000000000065")
        let entry = AbortedTransaction(producerID: 7, firstOffset: 100, lastOffset: 110, lastStableOffset: 101)
        #expect(TransactionIndex.decode(golden) == [entry])
        #expect(TransactionIndex.encode([entry]) == golden)
        #expect(TransactionIndex.decode(bytes("0001") + golden) == nil)
    }

    @Test func `a producer snapshot has version, checksum, count and entries of 46 bytes`() throws {
        let body = bytes(
            "00000001 0000000000000007 0003 0000002a 0000000000000063 00000002 0000000000000400 00000005 0000000000000050"
        )
        var golden = bytes("0001")
        golden.writeInteger(body.withUnsafeReadableBytes { CRC32C.checksum($0) })
        golden.writeImmutableBuffer(body)
        #expect(golden.readableBytes == 56)
        let table = try #require(ProducerSnapshot.decode(golden))
        let producer = try #require(table[7])
        #expect(producer.epoch == 3)
        #expect(producer.lastSequence == 42)
        #expect(producer.lastOffset == 99)
        #expect(producer.batches.last?.firstSequence == 40)
        #expect(producer.coordinatorEpoch == 5)
        #expect(producer.transactionStart == 80)
        #expect(table.firstOpenOffset == 80)
        #expect(ProducerSnapshot.encode(table) == golden)
        var damaged = golden
        damaged.setInteger(UInt8(0xFF), at: 30)
        #expect(ProducerSnapshot.decode(damaged) == nil)
        #expect(ProducerSnapshot.decode(bytes("0001")) == nil)
    }

    @Test func `checkpoints are lines of text, sorted, and anything odd makes them unreadable`() {
        let text = "0\n2\na 1 5\nb 0 7\n"
        let offsets = [
            TopicPartition(topic: "b", partition: 0): Offset(7), TopicPartition(topic: "a", partition: 1): 5,
        ]
        #expect(String(buffer: CheckpointText.encode(offsets)) == text)
        #expect(CheckpointText.decodeOffsets(ByteBuffer(string: text)) == offsets)
        for bad in ["", "1\n0\n", "0\n3\na 1 5\n", "0\n1\na 1\n", "0\n1\na x 5\n", "0\n1\na 1 -5\n"] {
            #expect(CheckpointText.decodeOffsets(ByteBuffer(string: bad)) == nil, "\(bad)")
        }
        let epochs = LeaderEpochs([.init(epoch: 0, startOffset: 0), .init(epoch: 3, startOffset: 20)])
        #expect(String(buffer: CheckpointText.encode(epochs)) == "0\n2\n0 0\n3 20\n")
        #expect(CheckpointText.decodeEpochs(ByteBuffer(string: "0\n2\n0 0\n3 20\n")) == epochs)
        #expect(
            CheckpointText.decodeEpochs(ByteBuffer(string: "0\r\n2\r\n0 0\r\n3 20\r\n")) == epochs, "as Kafka reads it")
    }

    @Test func `partition metadata, meta properties and quorum state read as Kafka writes them`() throws {
        let id = KafkaUUID.one
        let metadata = "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ"
        #expect(PartitionMetadata.decode(ByteBuffer(string: metadata + "\n")) == id)
        #expect(String(buffer: PartitionMetadata.encode(id)) == metadata)
        #expect(PartitionMetadata.decode(ByteBuffer(string: "version: 1\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ")) == nil)

        let properties =
            "#\n#Sat Jan 01 00:00:00 UTC 2026\nnode.id=1\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAQ\n"
            + "version=1\ncluster.id=MkU3OEVBNTcwNTJENDM2Qg\n"
        let meta = try #require(MetaProperties(ByteBuffer(string: properties)))
        #expect(meta == MetaProperties(clusterID: "MkU3OEVBNTcwNTJENDM2Qg", nodeID: 1, directoryID: id))
        #expect(MetaProperties(meta.encoded) == meta)
        #expect(MetaProperties(ByteBuffer(string: "version=0\nbroker.id=1\ncluster.id=x\n")) == nil)

        let old =
            #"{"clusterId":"","leaderId":2,"leaderEpoch":9,"votedId":-1,"appliedOffset":0,"currentVoters":"#
            + #"[{"voterId":1},{"voterId":2}],"data_version":0}"#
        #expect(QuorumStateFile(ByteBuffer(string: old)) == QuorumStateFile(leaderID: 2, leaderEpoch: 9))
        let state = QuorumStateFile(leaderID: -1, leaderEpoch: 4, votedID: 3, votedDirectoryID: id)
        let text =
            #"{"leaderId":-1,"leaderEpoch":4,"votedId":3,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAQ","data_version":1}"#
        #expect(String(buffer: state.encoded) == text)
        #expect(QuorumStateFile(ByteBuffer(string: text)) == state)
        #expect(QuorumStateFile(ByteBuffer(string: "{}")) == nil)
        #expect(CleanShutdownFile(ByteBuffer(string: #"{"version":0,"brokerEpoch":12}"#)).brokerEpoch == 12)
        #expect(CleanShutdownFile(ByteBuffer()).brokerEpoch == -1)
    }

    @Test func `file and directory names`() throws {
        #expect(LogFileName.segment(42, .timeIndex) == "00000000000000000042.timeindex")
        let parsed = try #require(LogFileName.parse("00000000000000000042.log.deleted"))
        #expect(parsed.baseOffset == 42 && parsed.kind == .log && parsed.stage == .deleted)
        for name in ["42.log", "00000000000000000042", "00000000000000000042.foo", "-0000000000000000042.log"] {
            #expect(LogFileName.parse(name) == nil, "\(name)")
        }
        let snapshot = MetadataSnapshotName(endOffset: 7, epoch: 3)
        #expect(snapshot.description == "00000000000000000007-0000000003.checkpoint")
        #expect(MetadataSnapshotName.parse(snapshot.description + ".part")?.stage == .part)
        #expect(MetadataSnapshotName.parse(snapshot.description)?.id == snapshot)

        #expect(PartitionDirectoryName("a-b-12") == PartitionDirectoryName(TopicPartition(topic: "a-b", partition: 12)))
        #expect(PartitionDirectoryName("lost+found") == nil)
        for suffix in PartitionDirectoryName.Suffix.allCases {
            let name = PartitionDirectoryName(
                TopicPartition(topic: "a.b", partition: 3), suffix: suffix, unique: KafkaUUID(high: 1, low: 0xF0))
            let text = "a.b-3.000000000000000100000000000000f0-\(suffix.rawValue)"
            #expect(name.description == text)
            #expect(PartitionDirectoryName(text) == name)
        }
        let long = TopicPartition(topic: String(repeating: "t", count: 249), partition: 12345)
        #expect(PartitionDirectoryName(long, suffix: .delete).description.utf8.count == 255)
    }

    @Test func `no bytes make a decoder trap`() {
        var generator = SplitMix(seed: 1)
        for _ in 0..<3000 {
            let count = generator.number(0...120)
            let noise = ByteBuffer(bytes: (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
            _ = OffsetIndex(noise)
            _ = TimeIndex(noise)
            _ = TransactionIndex.decode(noise)
            _ = ProducerSnapshot.decode(noise)
            _ = CheckpointText.decodeEpochs(noise)
            _ = CheckpointText.decodeOffsets(noise)
            _ = MetaProperties(noise)
            _ = QuorumStateFile(noise)
            _ = PartitionMetadata.decode(noise)
        }
    }

    @Test func `index entries stand where Kafka's rule puts them`() throws {
        let storage = MemoryStorageBackend()
        let log = try open(
            storage,
            smallSegments {
                $0.segmentBytes = 1 << 20
                $0.indexIntervalBytes = 250
            })
        let size = batch(3, value: 10).readableBytes
        for index in 0..<10 { try log.append(batch(3, value: 10, timestamp: 1000 + Int64(index % 4), tag: 1)) }
        try log.close(now: 0)
        // More than 250 bytes since the last entry: before every third batch of this size, starting with the first
        // that has so many before it.
        var expected = OffsetIndexEntries()
        var since = 0
        for index in 0..<10 {
            if since > 250 {
                expected.append((Int32(index * 3 + 2), Int32(index * size)))
                since = 0
            }
            since += size
        }
        let content = try #require(try storage.readWhole("orders-0/00000000000000000000.index"))
        let index = try #require(OffsetIndex(content))
        #expect(index.entries.map(\.relativeOffset) == expected.map(\.0))
        #expect(index.entries.map(\.position) == expected.map(\.1))
        let times = try #require(
            try storage.readWhole("orders-0/00000000000000000000.timeindex").flatMap { TimeIndex($0) })
        #expect(times.entries.last == TimeIndex.Entry(timestamp: 1005, relativeOffset: 11))
    }

    private typealias OffsetIndexEntries = [(Int32, Int32)]
}

private func + (left: ByteBuffer, right: ByteBuffer) -> ByteBuffer {
    var joined = left
    joined.writeImmutableBuffer(right)
    return joined
}
