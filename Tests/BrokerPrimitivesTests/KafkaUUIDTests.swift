import BrokerPrimitives
import Testing

@Suite struct `A Kafka UUID` {
    /// Made with Python: `base64.urlsafe_b64encode(uuid.UUID(int=high << 64 | low).bytes).rstrip(b"=")`.
    static let golden: [(UInt64, UInt64, String)] = [
        (0x0, 0x0, "AAAAAAAAAAAAAAAAAAAAAA"),
        (0x0, 0x1, "AAAAAAAAAAAAAAAAAAAAAQ"),
        (0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF, "_____________________w"),
        (0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210, "ASNFZ4mrze_-3LqYdlQyEA"),
        (0xFB00_0000_0000_0000, 0x3F, "-wAAAAAAAAAAAAAAAAAAPw"),
        (0x3FF, 0xF000_0000_0000_0000, "AAAAAAAAA__wAAAAAAAAAA"),
        (0x8000_0000_0000_0000, 0x8000_0000_0000_0001, "gAAAAAAAAACAAAAAAAAAAQ"),
    ]

    @Test(arguments: golden)
    func `is written and read as Python's base64 has it`(high: UInt64, low: UInt64, text: String) {
        let id = KafkaUUID(high: high, low: low)
        #expect(id.description == text)
        #expect(KafkaUUID(text) == id)
    }

    @Test func `survives its text`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let id = KafkaUUID(high: generator.next(), low: generator.next())
            #expect(KafkaUUID(id.description) == id)
        }
    }

    @Test(arguments: [
        "", "A", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAA+",
        "AAAAAAAAAAAAAAAAAAAA/A", "AAAAAAAAAA AAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB", "ÄAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAA==",
    ])
    func `is nothing else than 22 characters with zero padding`(text: String) {
        #expect(KafkaUUID(text) == nil)
    }

    @Test func `is of version 4 and fit for a command line when it is random`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let id = KafkaUUID.random(using: &generator)
            #expect(id.high >> 12 & 0xF == 4)
            #expect(id.low >> 62 == 2)
            #expect(!id.description.hasPrefix("-"))
        }
    }

    @Test func `is ordered by its bytes`() {
        let ids = [(0, 1), (0, UInt64.max), (1, 0), (UInt64.max, 0)].map { KafkaUUID(high: $0.0, low: $0.1) }
        #expect(ids.reversed().sorted() == ids)
    }
}
