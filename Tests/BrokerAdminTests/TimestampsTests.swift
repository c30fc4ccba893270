import Testing

@testable import BrokerAdmin

@Suite struct TimestampsTests {
    @Test(
        arguments: [
            ("0", 0), ("1795519691181", 1_795_519_691_181), ("1970-01-01", 0), ("2000-02-29", 951_782_400_000),
            ("2026-03-01T12:30:00Z", 1_772_368_200_000), ("2026-03-01T12:30", 1_772_368_200_000),
            ("2026-03-01T13:30:00+01:00", 1_772_368_200_000), ("2026-03-01T07:30:00.250-0500", 1_772_368_200_250),
            ("2026-03-01 12:30:00.1234567Z", 1_772_368_200_123), ("1969-12-31T23:59:59.999Z", -1),
        ] as [(String, Int64)])
    func `times are read`(text: String, milliseconds: Int64) { #expect(Timestamps.parse(text) == milliseconds) }

    @Test(arguments: [
        "", "-5", "yesterday", "2026-", "2026-13-01", "2026-02-29", "2026-1-1", "2026-03-01T25:00", "2026-03-01T12",
        "2026-03-01T12:30:61", "2026-03-01T12:30:00.", "2026-03-01T12:30:00Zx", "2026-03-01T12:30:00+1",
    ])
    func `what is no time is refused`(text: String) { #expect(Timestamps.parse(text) == nil) }

    @Test func `what is written is read again`() {
        var milliseconds: Int64 = -62_100_000_000_000
        while milliseconds < 200_000_000_000_000 {
            let text = Timestamps.format(milliseconds)
            #expect(Timestamps.parse(text) == milliseconds)
            milliseconds += 98_765_432_123
        }
        #expect(Timestamps.format(1_772_368_200_250) == "2026-03-01T12:30:00.250Z")
    }
}
