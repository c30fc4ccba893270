import BrokerCommitLog
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

let partition = TopicPartition(topic: "orders", partition: 0)
let topicID = KafkaUUID(high: 0x1234, low: 0x5678)

/// A number of seeds or steps that can be raised from outside, for long runs.
func setting(_ name: String, _ standard: Int) -> Int {
    getenv(name).flatMap { Int(String(cString: $0)) } ?? standard
}

/// Small segments and a dense index, so that little data reaches every case.
func smallSegments(_ change: (inout LogConfiguration) -> Void = { _ in }) -> LogConfiguration {
    var configuration = LogConfiguration()
    configuration.segmentBytes = 2048
    configuration.indexIntervalBytes = 200
    change(&configuration)
    return configuration
}

func batch(
    _ count: Int = 1, value: Int = 40, timestamp: Timestamp = 1000, offset: Offset = 0, epoch: LeaderEpoch = -1,
    producer: ProducerID = -1, producerEpoch: ProducerEpoch = -1, sequence: Int32 = -1,
    attributes: BatchAttributes = [], tag: UInt64 = 0
) -> ByteBuffer {
    var builder = RecordBatchBuilder(
        baseOffset: offset, partitionLeaderEpoch: epoch, producerID: producer, producerEpoch: producerEpoch,
        baseSequence: sequence, attributes: attributes)
    for index in 0..<count {
        var bytes = ByteBuffer()
        bytes.writeInteger(tag &+ UInt64(index))
        bytes.writeRepeatingByte(UInt8(truncatingIfNeeded: tag), count: value)
        builder.append(timestamp: timestamp + Int64(index), key: nil, value: bytes)
    }
    return builder.build()
}

func marker(
    _ producer: ProducerID, epoch: ProducerEpoch = 0, commits: Bool, coordinator: Int32 = 0, offset: Offset = 0,
    leaderEpoch: LeaderEpoch = -1
) -> ByteBuffer {
    let marker = EndTransactionMarker(commits: commits, coordinatorEpoch: coordinator)
    var builder = RecordBatchBuilder(
        baseOffset: offset, partitionLeaderEpoch: leaderEpoch, producerID: producer, producerEpoch: epoch,
        attributes: [.transactional, .control])
    let type: ControlRecordType = commits ? .commit : .abort
    builder.append(timestamp: 1, key: type.key, value: marker.value)
    return builder.build()
}

func open(
    _ storage: any StorageBackend, _ configuration: LogConfiguration = smallSegments(),
    facts: LogRecoveryFacts = LogRecoveryFacts(wasClean: false), now: Timestamp = 0
) throws(LogError) -> PartitionLog {
    try PartitionLog.open(
        partition, topicID: topicID, directory: partition.description, storage: storage, configuration: configuration,
        facts: facts, now: now)
}

extension PartitionLog {
    @discardableResult
    func append(
        _ bytes: ByteBuffer, epoch: LeaderEpoch = 0, origin: AppendOrigin = .client, now: Timestamp = 0
    ) throws(LogError) -> AppendResult {
        var bytes = bytes
        return try append(&bytes, leaderEpoch: epoch, origin: origin, now: now)
    }

    /// All bytes from `offset` (or the log's start) to the end, batch by batch.
    func everything(from offset: Offset? = nil, maxBytes: Int = 1 << 20) throws(LogError) -> [RecordBatch] {
        var all: [RecordBatch] = []
        var next = offset ?? logStartOffset
        while true {
            let slice = try read(from: next, maxBytes: maxBytes, upperBound: .max)
            if slice.isEmpty { return all }
            let batches = try slice.batches()
            guard let last = batches.last else { return all }
            all += batches
            next = last.header.nextOffset
        }
    }
}

/// A directory of its own under the system's, removed at the end.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array("/tmp/broker-test-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
        }
    }

    deinit {
        guard path.hasPrefix("/tmp/broker-test-") else { return }
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        if let stream = opendir(path) {
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != "." && name != ".." { remove(path + "/" + name) }
            }
            closedir(stream)
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
