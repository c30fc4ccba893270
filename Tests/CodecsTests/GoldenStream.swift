import BrokerModel
import Testing

/// The text that the golden streams hold.
let goldenText = (0..<12).map { "the quick brown fox \($0)\n" }.joined()

/// Streams that other implementations made of `goldenText`.
struct GoldenStream: Sendable, CustomTestStringConvertible {
    let codec: CompressionType
    let origin: String
    let hex: String

    var testDescription: String { "\(codec) by \(origin)" }

    static let all: [GoldenStream] = [
        GoldenStream(
            codec: .gzip, origin: "Python 3.11 gzip.compress, level 9",
            hex: """
                1f8b08000000000002032bc94855282ccd4cce56482aca2fcf5348cbaf5030e02ac1226a8855d408aba831565113aca2\
                a65845cdb08a9a6315b5c02a6a89dd17383c67c80500990d56400a010000
                """),
        GoldenStream(
            codec: .gzip, origin: "cramjam 2.14.0 (flate2)",
            hex: """
                1f8b08000000000000ff75cfc909c0201440c1bb55fc1262f6b4931051044551b47c1b785ee736c5fe92aafbbcbc39b6\
                202676595401d5a82bea86baa31ea827ea857aa33ebc98e4b41a990d56400a010000
                """),
        GoldenStream(
            codec: .gzip, origin: "kafka-python 3.0.12",
            hex: """
                1f8b0800b567056b02ff2bc94855282ccd4cce56482aca2fcf5348cbaf5030e02ac1226a8855d408aba831565113aca2\
                a65845cdb08a9a6315b5c02a6a89dd17383c67c80500990d56400a010000
                """),
        GoldenStream(
            codec: .gzip, origin: "Python, two members",
            hex: """
                1f8b08000000000002032bc94855282ccd4cce56482aca2fcf5348cbaf5030e02ac1226a8855d408aba8318a2800e0d1\
                c41c640000001f8b0800000000000203cb2fcf5348cbaf5030e12ac94855282ccd4cce56482aca878a9a621535c32a6a\
                8e55d402aba82556514303ecc2865c007caeddaca6000000
                """),
        GoldenStream(
            codec: .gzip, origin: "Python, with a file name and a time",
            hex: """
                1f8b080800f1536502ff612d6e616d652e747874002bc94855282ccd4cce56482aca2fcf5348cbaf5030e02ac1226a88\
                55d408aba831565113aca2a65845cdb08a9a6315b5c02a6a89dd17383c67c80500990d56400a010000
                """),
        GoldenStream(
            codec: .snappy, origin: "kafka-python 3.0.12, xerial framing",
            hex: """
                82534e41505059000000000100000001000000518a025474686520717569636b2062726f776e20666f7820300a4e1600\
                00315216000032521600003352160000345216000035521600003652160000375216000038521600003952160000315a\
                dd0004310a
                """),
        GoldenStream(
            codec: .snappy, origin: "kafka-python 3.0.12, xerial blocks of 100 bytes",
            hex: """
                82534e4150505900000000010000000100000034645474686520717569636b2062726f776e20666f7820300a4e160000\
                31521600003252160034330a74686520717569636b2062720000002e64546f776e20666f7820340a7468652071756963\
                6b20627211160035521600003652160000375216000c380a74680000002542586520717569636b2062726f776e20666f\
                7820390a74686542160004313056170004310a
                """),
        GoldenStream(
            codec: .snappy, origin: "python-snappy 0.7.3, raw",
            hex: """
                8a025474686520717569636b2062726f776e20666f7820300a4e16000031521600003252160000335216000034521600\
                0035521600003652160000375216000038521600003952160000315add0004310a
                """),
        GoldenStream(
            codec: .lz4, origin: "kafka-python 3.0.12 (lz4 4.4.5), with content size",
            hex: """
                04224d1868400a010000000000001853000000ff0774686520717569636b2062726f776e20666f7820300a1600011f31\
                1600021f321600021f331600021f341600021f351600021f361600021f371600021f381600021f391600021f31dd0001\
                50782031310a00000000
                """),
        GoldenStream(
            codec: .lz4, origin: "lz4 4.4.5, no content size",
            hex: """
                04224d1860408253000000ff0774686520717569636b2062726f776e20666f7820300a1600011f311600021f32160002\
                1f331600021f341600021f351600021f361600021f371600021f381600021f391600021f31dd000150782031310a0000\
                0000
                """),
        GoldenStream(
            codec: .lz4, origin: "lz4 4.4.5, all checksums, blocks of 4 MiB",
            hex: """
                04224d187c400a010000000000001053000000ff0774686520717569636b2062726f776e20666f7820300a1600011f31\
                1600021f321600021f331600021f341600021f351600021f361600021f371600021f381600021f391600021f31dd0001\
                50782031310ad92419e900000000a2f0f4ac
                """),
        GoldenStream(
            codec: .lz4, origin: "lz4, two frames",
            hex: """
                04224d1868406400000000000000232f000000ff0774686520717569636b2062726f776e20666f7820300a1600011f31\
                1600021f321600021433160050636b2062720000000004224d186040823f000000f4076f776e20666f7820340a746865\
                20717569636b20627216001f351600021f361600021f371600021f381600021f391600022f313017000050782031310a\
                00000000
                """),
        GoldenStream(
            codec: .zstd, origin: "zstandard 0.25.0",
            hex: """
                28b52ffd600a00ed0100240274686520717569636b2062726f776e20666f7820300a31323334353637383931310a0b00\
                60530bf80e7c0c7c02be031f039f80efc0c7c027243d9b
                """),
        GoldenStream(
            codec: .zstd, origin: "zstandard 0.25.0, level 19, no content size",
            hex: """
                28b52ffd0068cd0100240274686520717569636b2062726f776e20666f7820300a31323334353637383931310a0ba810\
                f0fabf03b023eb10fe8ff038e01154e99a0c
                """),
        GoldenStream(
            codec: .zstd, origin: "zstandard 0.25.0, with a checksum",
            hex: """
                28b52ffd640a00ed0100240274686520717569636b2062726f776e20666f7820300a31323334353637383931310a0b00\
                60530bf80e7c0c7c02be031f039f80efc0c7c027243d9b50c2ee2a
                """),
        GoldenStream(
            codec: .zstd, origin: "cramjam 2.14.0",
            hex: """
                28b52ffd600a00ed0100240274686520717569636b2062726f776e20666f7820300a31323334353637383931310a0b00\
                60530bf80e7c0c7c02be031f039f80efc0c7c027243d9b
                """),
        GoldenStream(
            codec: .zstd, origin: "zstandard, a skippable frame between two frames",
            hex: """
                28b52ffd20642d0100c874686520717569636b2062726f776e20666f7820300a3132330400e010f01df898a4a718532a\
                4d1805000000616263646528b52ffd20a6a5010004026f776e20666f7820340a74686520717569636b20627235363738\
                39313031310a070008f321f818f8047c073e06be90c46c02
                """),
    ]

    /// The head of what Kafka does not allow: an LZ4 frame whose blocks depend on each other, which is lz4's own
    /// default. Made with lz4 4.4.5 of 70,000 zeros.
    static let linkedLZ4 = "04224d184840701101000000000077"
}
