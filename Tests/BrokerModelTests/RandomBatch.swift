import BrokerModel
import NIOCore

/// Batches at random: null, empty and large fields, headers, timestamps near and far, holes between offsets.
struct RandomBatch {
    var builder: RecordBatchBuilder
    var records: [Record] = []

    init(using generator: inout SeededGenerator, holes: Bool) {
        builder = RecordBatchBuilder(
            baseOffset: .random(in: 0...1_000_000_000_000, using: &generator), partitionLeaderEpoch: 3,
            producerID: .random(in: -1...1000, using: &generator), producerEpoch: 2, baseSequence: 5)
        let center = Timestamp.random(in: -10...1_800_000_000_000, using: &generator)
        var delta: Int64 = 0
        for index in 0..<Int.random(in: 1...30, using: &generator) {
            if index > 0 { delta += holes ? Int64.random(in: 1...1000, using: &generator) : 1 }
            let record = Record(
                offset: builder.baseOffset + delta,
                timestamp: Bool.random(using: &generator)
                    ? center + Int64.random(in: -100...100, using: &generator)
                    : Int64.random(in: -(1 << 60)...1 << 60, using: &generator),
                key: Self.field(using: &generator), value: Self.field(using: &generator),
                headers: (0..<max(0, Int.random(in: -3...4, using: &generator))).map { _ in
                    Record.Header(
                        key: ["", "a", "größe", String(repeating: "k", count: 70)].randomElement(using: &generator)
                            ?? "",
                        value: Self.field(using: &generator))
                })
            records.append(record)
            builder.append(record)
        }
    }

    private static func field(using generator: inout SeededGenerator) -> ByteBuffer? {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: nil
        case 1: ByteBuffer()
        case 2: ByteBuffer(repeating: UInt8.random(in: 0...255, using: &generator), count: 20_000)
        default:
            ByteBuffer(
                bytes: (0..<Int.random(in: 1...150, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                })
        }
    }
}
