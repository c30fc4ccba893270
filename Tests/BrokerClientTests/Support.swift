import BrokerModel
import BrokerPrimitives
import NIOCore

@testable import BrokerClient

typealias Core = ProducerCore<Int>

let backoff = Backoff(firstMilliseconds: 100, limitMilliseconds: 1_000)

func partition(_ index: PartitionIndex = 0, _ topic: String = "t") -> TopicPartition {
    TopicPartition(topic: topic, partition: index)
}

extension ProducerConfiguration {
    /// No waiting, and batches of so many of the records `Core.add` adds.
    static func immediate(recordsPerBatch: Int = 1) -> ProducerConfiguration {
        var configuration = ProducerConfiguration()
        configuration.lingerMilliseconds = 0
        // A record of one or two digits takes 8 or 9 bytes, and has to find room for 40.
        configuration.batchByteCount = RecordBatchHeader.byteCount + 40 + (recordsPerBatch - 1) * 8 + 4
        return configuration
    }
}

extension ProducerCore where Waiter == Int {
    /// A core that has an identity and a connection to node 1.
    init(_ configuration: ProducerConfiguration, connected: Bool = true) {
        self.init(configuration: configuration, backoff: backoff)
        setIdentity(ProducerIdentity(id: 7, epoch: 0))
        if connected { setReady(1, true) }
    }

    /// Adds a record that is `number`, in text and as its waiter.
    mutating func add(_ number: Int, to target: TopicPartition = partition(), now: Int64 = 0, leader: NodeID? = 1) {
        _ = reserve(40)
        _ = append(
            ProducerRecord(topic: target.topic, key: nil, value: "\(number)"), to: target, leader: leader,
            timestamp: now, waiter: number, reserved: 40, now: now)
    }

    /// Sends and delivers a first record, so that the broker knows the producer: more may be in flight from now on.
    mutating func establish(_ target: TopicPartition = partition(), now: Int64 = 0) {
        add(-1, to: target, now: now)
        _ = flush()
        for request in plan(now: now).requests { _ = succeed(request) }
    }

    mutating func fail(
        _ request: Request, _ error: ErrorCode, now: Int64 = 0
    ) -> [BatchDelivery<Int>] {
        complete(request: request.id, now: now, random: 20) { _ in .failed(.server(error, "test")) }
    }

    mutating func succeed(_ request: Request, at offset: Offset = 0, now: Int64 = 0) -> [BatchDelivery<Int>] {
        complete(request: request.id, now: now, random: 20) { _ in
            .appended(baseOffset: offset, logAppendTime: -1)
        }
    }
}

extension ProducerCore.Request {
    /// The waiters of each batch.
    var waiters: [[Waiter]] { batches.map { $0.records.map(\.waiter) } }
    /// Epoch and first sequence number of each batch.
    var numbers: [[Int]] { batches.map { [Int($0.builder.producerEpoch), Int($0.builder.baseSequence)] } }
}
