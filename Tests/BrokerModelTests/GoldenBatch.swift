import Testing

/// Batches made by the record builders of kafka-python 3.0.12 and aiokafka 0.14.0, which agree byte for
/// byte but for the leader epoch, which kafka-python sets to 0 (the broker sets it anyway).
struct GoldenBatch: Sendable, CustomTestStringConvertible {
    let name: String
    let producerID: Int64
    let producerEpoch: Int16
    let baseSequence: Int32
    let isTransactional: Bool
    let records: [Golden]
    let hex: String

    var testDescription: String { name }

    struct Golden: Sendable {
        let timestamp: Int64
        let key: String?
        let value: String?
        let headers: [(String, String?)]
    }

    static let all: [GoldenBatch] = [
        GoldenBatch(
            name: "one record", producerID: -1, producerEpoch: -1, baseSequence: -1, isTransactional: false,
            records: [
                Golden(
                    timestamp: 1700000000000, key: "key", value: "value",
                    headers: [])
            ],
            hex: """
                000000000000000000000040ffffffff02db5e9cdd0000000000000000018bcfe568000000018bcfe56800ffffffffff\
                ffffffffffffffffff000000011c000000066b65790a76616c756500
                """),
        GoldenBatch(
            name: "nulls and empty fields", producerID: -1, producerEpoch: -1, baseSequence: -1, isTransactional: false,
            records: [
                Golden(
                    timestamp: 1, key: nil, value: nil,
                    headers: []),
                Golden(
                    timestamp: 2, key: "", value: "",
                    headers: []),
                Golden(
                    timestamp: 3, key: "k", value: nil,
                    headers: []),
                Golden(
                    timestamp: 4, key: nil, value: "v",
                    headers: []),
            ],
            hex: """
                00000000000000000000004fffffffff02feb7f60900000000000300000000000000010000000000000004ffffffffff\
                ffffffffffffffffff000000040c0000000101000c0002020000000e000404026b01000e00060601027600
                """),
        GoldenBatch(
            name: "headers", producerID: -1, producerEpoch: -1, baseSequence: -1, isTransactional: false,
            records: [
                Golden(
                    timestamp: 1700000000000, key: "k", value: "v",
                    headers: [("a", "1"), ("a", "2"), ("empty", ""), ("null", nil), ("äö€", "ü")])
            ],
            hex: """
                00000000000000000000005affffffff02aef1c1c00000000000000000018bcfe568000000018bcfe56800ffffffffff\
                ffffffffffffffffff0000000150000000026b02760a02610231026102320a656d70747900086e756c6c010ec3a4c3b6\
                e282ac04c3bc
                """),
        GoldenBatch(
            name: "timestamps that go back and far", producerID: -1, producerEpoch: -1, baseSequence: -1,
            isTransactional: false,
            records: [
                Golden(
                    timestamp: 1700000000000, key: "a", value: "1",
                    headers: []),
                Golden(
                    timestamp: 1699999999999, key: "b", value: "2",
                    headers: []),
                Golden(
                    timestamp: 0, key: "c", value: "3",
                    headers: []),
                Golden(
                    timestamp: 253402300799999, key: "d", value: "4",
                    headers: []),
            ],
            hex: """
                000000000000000000000060ffffffff024dcc88c10000000000030000018bcfe568000000e677d21fdbffffffffffff\
                ffffffffffffffffff000000041000000002610231001000010202620232001a00ff9fabfef9620402630233001c00fe\
                cfd3a380bb72060264023400
                """),
        GoldenBatch(
            name: "an idempotent producer", producerID: 4000000000123, producerEpoch: 7, baseSequence: 2147483646,
            isTransactional: false,
            records: [
                Golden(
                    timestamp: 5, key: "a", value: "1",
                    headers: []),
                Golden(
                    timestamp: 5, key: "b", value: "2",
                    headers: []),
            ],
            hex: """
                000000000000000000000043ffffffff02b054ca3d00000000000100000000000000050000000000000005000003a352\
                94407b00077ffffffe00000002100000000261023100100000020262023200
                """),
        GoldenBatch(
            name: "a transaction", producerID: 9, producerEpoch: 0, baseSequence: 0, isTransactional: true,
            records: [
                Golden(
                    timestamp: 5, key: "a", value: "1",
                    headers: [])
            ],
            hex: """
                00000000000000000000003affffffff027960fd3e001000000000000000000000000500000000000000050000000000\
                00000900000000000000000001100000000261023100
                """),
        GoldenBatch(
            name: "lengths of two varint bytes", producerID: -1, producerEpoch: -1, baseSequence: -1,
            isTransactional: false,
            records: [
                Golden(
                    timestamp: 5, key: String(repeating: "k", count: 64), value: String(repeating: "v", count: 200),
                    headers: [(String(repeating: "h", count: 63), String(repeating: "w", count: 64))])
            ],
            hex: """
                0000000000000000000001c5ffffffff02e78c59f800000000000000000000000000050000000000000005ffffffffff\
                ffffffffffffffffff00000001a40600000080016b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b\
                6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b900376767676767676767676\
                767676767676767676767676767676767676767676767676767676767676767676767676767676767676767676767676\
                767676767676767676767676767676767676767676767676767676767676767676767676767676767676767676767676\
                767676767676767676767676767676767676767676767676767676767676767676767676767676767676767676767676\
                76767676767676767676767676767676767676767676767676767676767676767676767676767676767676767676027e\
                686868686868686868686868686868686868686868686868686868686868686868686868686868686868686868686868\
                686868686868686868686868686868800177777777777777777777777777777777777777777777777777777777777777\
                777777777777777777777777777777777777777777777777777777777777777777
                """),
    ]
}
