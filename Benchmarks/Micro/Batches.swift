import BrokerModel
import NIOCore

/// What the broker does with each record batch it is sent.
func measureBatches() throws {
    for (size, count) in [(100, 160), (1024, 63)] {
        var builder = RecordBatchBuilder()
        for index in 0..<count {
            builder.append(
                timestamp: 1_700_000_000_000 + Int64(index), key: nil, value: ByteBuffer(repeating: 7, count: size))
        }
        let bytes = builder.build()
        let batch = try RecordBatch(bytes)
        let payload = batch.payload
        report(
            "batch of \(count) records of \(size) B: read header and verify checksum",
            try nanoseconds { try RecordBatch(bytes).validateChecksum() }, "ns")
        report(
            "batch of \(count) records of \(size) B: summarize",
            try nanoseconds { consume(try batch.summarize(payload: payload)) } / Double(count), "ns/record")
        report(
            "batch of \(count) records of \(size) B: read every record",
            try nanoseconds {
                var records = batch.records(from: payload)
                while let record = try records.next() { consume(record) }
            } / Double(count), "ns/record")
        report(
            "batch of \(count) records of \(size) B: build",
            nanoseconds {
                var builder = RecordBatchBuilder()
                let value = ByteBuffer(repeating: 7, count: size)
                for index in 0..<count { builder.append(timestamp: Int64(index), key: nil, value: value) }
                consume(builder.build())
            } / Double(count), "ns/record")
    }
}
