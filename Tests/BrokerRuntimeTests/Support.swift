import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerTestKit
import BrokerWire
import BrokerWorld
import Codecs
import NIOCore
import Synchronization

func id(_ number: UInt64) -> KafkaUUID { KafkaUUID(high: 7, low: number) }

/// A topic's configuration from a few settings.
func topicConfig(_ settings: [String: String] = [:]) -> TopicConfig { TopicConfig { settings[$0] } }

/// A clock that a test moves, and chance that is the same in every run.
final class TestWorld: Sendable {
    private let milliseconds = Mutex<Int64>(0)
    private let generator = Mutex(SplitMix(seed: 1))

    func advance(_ amount: Int64) { milliseconds.withLock { $0 += amount } }

    var world: World {
        World(
            monotonicNanoseconds: { [self] in milliseconds.withLock { $0 } * 1_000_000 },
            wallMilliseconds: { [self] in 1_000_000 + milliseconds.withLock { $0 } },
            random: { [self] in generator.withLock { $0.next() } })
    }
}

extension MetadataRecord {
    /// The record's value in the log, in its newest version.
    var encoded: ByteBuffer {
        get throws { try encodeFramed(version: Swift.type(of: content).validVersions.upperBound) }
    }
}

/// A batch of metadata records at `offset`.
func metadataBatch(_ records: [MetadataRecord], at offset: Offset, epoch: LeaderEpoch = 1) throws -> RecordBatch {
    var builder = RecordBatchBuilder(baseOffset: offset, partitionLeaderEpoch: epoch)
    for record in records { builder.append(timestamp: 5, key: nil, value: try record.encoded) }
    return try RecordBatch(builder.build())
}

/// A batch of records whose key and value are their number in text.
func producerBatch(
    _ count: Int, timestamps: (Int) -> Timestamp = { 1000 + Int64($0) }, hasKey: (Int) -> Bool = { _ in true }
) -> RecordBatchBuilder {
    var builder = RecordBatchBuilder()
    for number in 0..<count {
        builder.append(
            timestamp: timestamps(number), key: hasKey(number) ? ByteBuffer(string: "k\(number)") : nil,
            value: ByteBuffer(string: "value \(number)"))
    }
    return builder
}

func codec(_ type: CompressionType) -> (any CompressionCodec)? { BuiltInCodecs.all.first { $0.type == type } }

extension RecordBatchBuilder {
    /// The batch, compressed with a built-in codec.
    func build(_ compression: CompressionType) throws -> ByteBuffer {
        guard let codec = codec(compression) else { return build() }
        var payload = ByteBuffer()
        try codec.compress(self.payload, level: nil, into: &payload)
        return build(payload: payload, compression: compression)
    }
}
