internal import BrokerClient
internal import BrokerModel
internal import NIOCore

/// Records as lines of JSON, written by `consume` and read by `produce`.
///
/// Bytes that are UTF-8 stand as strings; others as `{"base64": "…"}`; null is null. What kcat's `-J` writes is read,
/// too: it calls the value `payload`, the timestamp `ts`, and has headers as a flat list of names and values.
enum RecordJSON {
    static func line(_ record: ConsumerRecord) -> JSONValue {
        [
            "topic": .string(record.topic), "partition": .integer(record.partition),
            "offset": .integer(record.offset), "timestamp": .integer(record.timestamp),
            "timestampType": .string(record.timestampType == .createTime ? "create" : "append"),
            "key": value(record.key), "value": value(record.value),
            "headers": .array(record.headers.map { ["key": .string($0.key), "value": value($0.value)] }),
        ]
    }

    /// A record for `topic` from a line. The line's own topic, offset and timestamp type are ignored; its partition
    /// and timestamp only count where asked for.
    static func record(
        _ line: some Sequence<UInt8>, topic: String, keepsPartition: Bool, keepsTimestamp: Bool
    ) throws(JSONError) -> ProducerRecord {
        let json = try JSONParser.parse(line)
        guard case .object = json else { throw JSONError(position: 0, reason: "an object is expected") }
        var record = ProducerRecord(
            topic: topic, key: try bytes(json["key"], "key"),
            value: try bytes(json["value"] ?? json["payload"], "value"))
        if keepsPartition, case .integer(let partition)? = json["partition"] {
            guard let partition = PartitionIndex(exactly: partition), partition >= 0 else {
                throw JSONError(position: 0, reason: "'partition' is out of range")
            }
            record.partition = partition
        }
        if keepsTimestamp, case .integer(let timestamp)? = json["timestamp"] ?? json["ts"] {
            // −1 is that of records that have none.
            guard timestamp >= -1 else { throw JSONError(position: 0, reason: "'timestamp' is out of range") }
            record.timestamp = timestamp
        }
        record.headers = try headers(json["headers"])
        return record
    }

    private static func value(_ bytes: ByteBuffer?) -> JSONValue {
        guard let bytes else { return .null }
        if let string = String(validating: bytes.readableBytesView, as: UTF8.self) { return .string(string) }
        return ["base64": .string(Base64.encode(bytes.readableBytesView))]
    }

    private static func bytes(_ value: JSONValue?, _ name: String) throws(JSONError) -> ByteBuffer? {
        switch value {
        case nil, .null?: return nil
        case .string(let text)?: return ByteBuffer(string: text)
        case .object?:
            guard case .string(let text)? = value?["base64"], let bytes = Base64.decode(text) else {
                throw JSONError(position: 0, reason: "'\(name)' is an object without base64")
            }
            return ByteBuffer(bytes: bytes)
        // A value that is JSON itself is taken as its text, so that hand-written lines do what they look like.
        case let other?: return ByteBuffer(string: "\(other)")
        }
    }

    private static func headers(_ value: JSONValue?) throws(JSONError) -> [Record.Header] {
        switch value {
        case nil, .null?: return []
        case .array(let items)? where items.contains { if case .string = $0 { true } else { false } }:
            return try flatHeaders(items)
        case .array(let items)?:
            var headers: [Record.Header] = []
            for item in items {
                guard case .string(let key)? = item["key"] else {
                    throw JSONError(position: 0, reason: "a header has no key")
                }
                headers.append(Record.Header(key: key, value: try bytes(item["value"], "headers")))
            }
            return headers
        case .object(let members)?:
            var headers: [Record.Header] = []
            for member in members {
                headers.append(Record.Header(key: member.name, value: try bytes(member.value, "headers")))
            }
            return headers
        default: throw JSONError(position: 0, reason: "'headers' is neither a list nor an object")
        }
    }

    private static func flatHeaders(_ items: [JSONValue]) throws(JSONError) -> [Record.Header] {
        guard items.count.isMultiple(of: 2) else {
            throw JSONError(position: 0, reason: "'headers' has a name without a value")
        }
        var headers: [Record.Header] = []
        for index in stride(from: 0, to: items.count, by: 2) {
            guard case .string(let key) = items[index] else {
                throw JSONError(position: 0, reason: "a header has no key")
            }
            headers.append(Record.Header(key: key, value: try bytes(items[index + 1], "headers")))
        }
        return headers
    }
}
