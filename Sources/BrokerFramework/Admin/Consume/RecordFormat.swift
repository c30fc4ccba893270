internal import BrokerClient
internal import BrokerModel
internal import NIOCore

/// A format of kcat's for records: text with `%` sequences, parsed once.
struct RecordFormat: Sendable, Hashable {
    private enum Part: Hashable, Sendable {
        case text([UInt8])
        case topic, partition, offset, key, value, keyLength, valueLength, valueLengthBinary, timestamp, time, headers
    }

    /// An unknown sequence.
    struct Unknown: Error, Hashable {
        var sequence: String
    }

    private let parts: [Part]
    private let null: String

    /// - Parameter null: what stands for a key or value that is null.
    init(_ format: String, null: String = "") throws(Unknown) {
        var parts: [Part] = []
        var text = ""
        var rest = format[...]
        func flush() {
            if !text.isEmpty { parts.append(.text(Escapes.bytes(text))) }
            text = ""
        }
        while let character = rest.popFirst() {
            guard character == "%" else {
                text.append(character)
                continue
            }
            let sequence = rest.popFirst()
            let part: Part
            switch sequence {
            case "%"?:
                text.append("%")
                continue
            case "t"?: part = .topic
            case "p"?: part = .partition
            case "o"?: part = .offset
            case "k"?: part = .key
            case "s"?: part = .value
            case "K"?: part = .keyLength
            case "S"?: part = .valueLength
            case "R"?: part = .valueLengthBinary
            case "T"?: part = .timestamp
            case "D"?: part = .time
            case "h"?: part = .headers
            default: throw Unknown(sequence: "%" + (sequence.map(String.init) ?? ""))
            }
            flush()
            parts.append(part)
        }
        flush()
        self.parts = parts
        self.null = null
    }

    func write(_ record: ConsumerRecord, to output: inout ByteBuffer) {
        for part in parts {
            switch part {
            case .text(let bytes): output.writeBytes(bytes)
            case .topic: output.writeString(record.topic)
            case .partition: output.writeString("\(record.partition)")
            case .offset: output.writeString("\(record.offset)")
            case .key: write(record.key, to: &output)
            case .value: write(record.value, to: &output)
            case .keyLength: output.writeString("\(record.key?.readableBytes ?? -1)")
            case .valueLength: output.writeString("\(record.value?.readableBytes ?? -1)")
            case .valueLengthBinary: output.writeInteger(Int32(clamping: record.value?.readableBytes ?? -1))
            case .timestamp: output.writeString("\(record.timestamp)")
            case .time: output.writeString(Timestamps.format(record.timestamp))
            case .headers:
                for (index, header) in record.headers.enumerated() {
                    if index > 0 { output.writeString(",") }
                    output.writeString(header.key + "=")
                    if let value = header.value {
                        output.writeImmutableBuffer(value)
                    } else {
                        output.writeString("NULL")
                    }
                }
            }
        }
    }

    private func write(_ bytes: ByteBuffer?, to output: inout ByteBuffer) {
        if let bytes { output.writeImmutableBuffer(bytes) } else { output.writeString(null) }
    }
}
