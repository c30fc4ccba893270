internal import BrokerClient
internal import BrokerModel
internal import NIOCore

/// Makes records of input lines, in the way of kcat.
struct RecordReader {
    var topic: String
    var partition: PartitionIndex?
    /// Used where a line has none of its own.
    var key: String?
    /// What stands between key and value; nil if lines are values.
    var keyDelimiter: [UInt8]?
    var headers: [Record.Header]
    /// Whether an empty value, and an empty key before the delimiter, mean null.
    var emptyIsNull: Bool

    func record(_ line: ByteBuffer) -> ProducerRecord {
        var key = key.map { ByteBuffer(string: $0) }
        var value: ByteBuffer? = line
        if let keyDelimiter, let range = line.firstRange(of: keyDelimiter) {
            key = line.getSlice(at: line.readerIndex, length: range.lowerBound)
            value = line.getSlice(
                at: line.readerIndex + range.upperBound, length: line.readableBytes - range.upperBound)
            if emptyIsNull, key?.readableBytes == 0 { key = nil }
        }
        if emptyIsNull, value?.readableBytes == 0 { value = nil }
        return ProducerRecord(topic: topic, partition: partition, key: key, value: value, headers: headers)
    }
}
