import BrokerCommitLog
import BrokerModel
import BrokerRuntime
import BrokerTestKit
import Testing

struct RetentionTests {
    /// Kafka's way, as facts: age, then size, then log start, each from the oldest on; again until nothing goes.
    private func expected(
        _ segments: [SegmentDescription], milliseconds: Int64, bytes: Int64, logStart: Offset, now: Timestamp
    ) -> Offset? {
        var left = segments
        var below: Offset?
        func drop(while condition: (SegmentDescription) -> Bool) -> Bool {
            var dropped = false
            while let first = left.first, !first.isActive, condition(first) {
                below = first.nextOffset
                left.removeFirst()
                dropped = true
            }
            return dropped
        }
        while true {
            let old = drop { milliseconds >= 0 && $0.largestTimestamp >= 0 && now - $0.largestTimestamp > milliseconds }
            let large = drop { segment in
                bytes >= 0 && left.reduce(0) { $0 + $1.size } - bytes >= segment.size && segment.size > 0
            }
            let gone = drop { $0.nextOffset <= logStart }
            if !old && !large && !gone { return below }
        }
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `what goes is what a plain model lets go`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var segments: [SegmentDescription] = []
        var offset = Offset(random.number(0...5))
        let count = random.number(1...8)
        for index in 0..<count {
            let next = offset + Offset(random.number(1...10))
            segments.append(
                SegmentDescription(
                    baseOffset: offset, nextOffset: next, size: Int64(random.number(1...20)),
                    largestTimestamp: Int64(random.number(-1...100)), isActive: index == count - 1))
            offset = next
        }
        let milliseconds = Int64(random.number(-1...80))
        let bytes = Int64(random.number(-1...100))
        let logStart = Offset(random.number(0...60))
        let retention = Retention(
            topicConfig(["retention.ms": "\(milliseconds)", "retention.bytes": "\(bytes)"]))
        #expect(
            retention.deletableOffset(of: segments, logStart: logStart, now: 120)
                == expected(segments, milliseconds: milliseconds, bytes: bytes, logStart: logStart, now: 120),
            "seed \(seed): \(segments)")
    }

    @Test func `the active segment stays however old and large it is`() {
        let active = SegmentDescription(
            baseOffset: 0, nextOffset: 10, size: 1 << 40, largestTimestamp: 0, isActive: true)
        let retention = Retention(topicConfig(["retention.ms": "0", "retention.bytes": "0"]))
        #expect(retention.deletableOffset(of: [active], logStart: 10, now: .max) == nil)
        #expect(retention.deletableOffset(of: [], logStart: 0, now: 0) == nil)
    }

    @Test func `a segment is expired when its newest record is older than allowed`() {
        let retention = Retention(topicConfig(["retention.ms": "100"]))
        func isExpired(_ stamp: Timestamp, now: Timestamp) -> Bool {
            retention.isExpired(
                SegmentDescription(baseOffset: 0, nextOffset: 1, size: 1, largestTimestamp: stamp, isActive: false),
                now: now)
        }
        #expect(!isExpired(1000, now: 1100))
        #expect(isExpired(1000, now: 1101))
        #expect(!isExpired(1000, now: 5), "a record from the future")
        #expect(!isExpired(-1, now: .max), "no timestamp")
        #expect(!isExpired(.max, now: .min), "no overflow")
    }
}
