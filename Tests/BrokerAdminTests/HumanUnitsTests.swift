import Testing

@testable import BrokerAdmin

@Suite struct HumanUnitsTests {
    @Test(
        arguments: [
            ("7d", 604_800_000), ("90m", 5_400_000), ("1h30m", 5_400_000), ("250ms", 250), ("2w", 1_209_600_000),
            ("0s", 0),
        ] as [(String, Int64)])
    func `durations are read`(text: String, milliseconds: Int64) {
        #expect(HumanUnits.milliseconds(text) == milliseconds)
    }

    @Test(arguments: ["", "7", "d", "7x", "-7d", "7 d", "1.5h", "9223372036854775807d", "7d3", "٣d"])
    func `what is no duration is refused`(text: String) { #expect(HumanUnits.milliseconds(text) == nil) }

    @Test(
        arguments: [
            ("512MiB", 536_870_912), ("1GB", 1_000_000_000), ("3B", 3), ("10kB", 10_000), ("2TiB", 2_199_023_255_552),
        ] as [(String, Int64)])
    func `sizes are read`(text: String, bytes: Int64) { #expect(HumanUnits.bytes(text) == bytes) }

    @Test(arguments: ["", "512", "MiB", "1MiBs", "-1MiB", "9223372036854775807KiB"])
    func `what is no size is refused`(text: String) { #expect(HumanUnits.bytes(text) == nil) }

    @Test func `a duration that is written is read again`() {
        for milliseconds in [Int64(1), 999, 1000, 61_001, 86_399_999, 604_800_000, 31_536_000_123] {
            #expect(HumanUnits.milliseconds(HumanUnits.duration(milliseconds)) == milliseconds)
        }
    }

    @Test func `sizes are written with the unit that suits`() {
        #expect(HumanUnits.size(1023) == "1023 B")
        #expect(HumanUnits.size(1 << 30) == "1 GiB")
        #expect(HumanUnits.size(1_600_000) == "1.5 MiB")
        #expect(HumanUnits.size(.max) == "8388607.9 TiB")
    }

    @Test func `units are understood only where the key holds such a number`() {
        #expect(HumanUnits.plain("7d", for: "retention.ms") == "604800000")
        #expect(HumanUnits.plain("1MiB", for: "retention.bytes") == "1048576")
        #expect(HumanUnits.plain("7d", for: "cleanup.policy") == "7d")
        #expect(HumanUnits.plain("-1", for: "retention.ms") == "-1")
        #expect(ConfigSetting(argument: "segment.ms=1h")?.value == "3600000")
        #expect(HumanUnits.meaning("604800000", of: "retention.ms") == "7d")
        #expect(HumanUnits.meaning("9223372036854775807", of: "flush.ms") == "no limit")
        #expect(HumanUnits.meaning("604800000", of: "flush.messages") == nil)
    }

    @Test(
        arguments: [
            ("now", 1_000_000_000_000), ("today", 999_993_600_000), ("yesterday", 999_907_200_000),
            ("-90m", 999_994_600_000), ("@-2d", 999_827_200_000), ("+10s", 1_000_000_010_000), ("@0", 0),
            ("2026-03-01", 1_772_323_200_000),
        ] as [(String, Int64)])
    func `moments are read relative to now`(text: String, timestamp: Int64) {
        #expect(Moment(text, now: 1_000_000_000_000)?.timestamp == timestamp)
    }

    @Test(arguments: ["", "@", "tomorrow", "-5", "-x", "- 5m"])
    func `what is no moment is refused`(text: String) { #expect(Moment(text, now: 0) == nil) }
}
