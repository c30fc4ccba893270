import BrokerModel
import Testing

@Suite struct `A varint` {
    /// Reads by the definition, with numbers wide enough for anything: nil if it does not end within the bytes or in
    /// time, or has bits beyond `bits`.
    private func slowlyRead(_ bytes: [UInt8], bits: Int) -> (value: Int64, length: Int)? {
        var sum: UInt128 = 0
        for (index, byte) in bytes.enumerated() {
            if index * 7 >= bits { return nil }
            sum += UInt128(byte % 128) << (7 * index)
            if sum >> bits != 0 { return nil }
            if byte < 128 {
                let half = Int64(truncatingIfNeeded: sum / 2)
                return (sum % 2 == 0 ? half : -half - 1, index + 1)
            }
        }
        return nil
    }

    private func agrees(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { raw in
            var position = 0
            let long = Varint.readInt64(raw, at: &position)
            let slowLong = slowlyRead(bytes, bits: 64)
            guard long == slowLong?.value, long == nil || position == slowLong?.length else { return false }
            position = 0
            let short = Varint.readInt32(raw, at: &position)
            let slowShort = slowlyRead(bytes, bits: 32)
            return short.map(Int64.init) == slowShort?.value && (short == nil || position == slowShort?.length)
        }
    }

    @Test func `is read as the definition says, also overlong or too large`() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...12, using: &generator)
            var bytes = (0..<length).map { _ in UInt8.random(in: 128...255, using: &generator) }
            if Bool.random(using: &generator) { bytes.append(.random(in: 0...(Bool.random() ? 1 : 127))) }
            if !agrees(bytes) { Issue.record("\(bytes)") }
        }
        let edges: [[UInt8]] = [
            [], [0], [0x80, 0], [0x80, 0x80, 0x80, 0x80, 0], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
            [0xFF, 0xFF, 0xFF, 0xFF, 0x10], [0x80, 0x80, 0x80, 0x80, 0x80, 0], [0x80],
            [UInt8](repeating: 0xFF, count: 9) + [1], [UInt8](repeating: 0xFF, count: 9) + [2],
            [UInt8](repeating: 0x80, count: 9) + [0], [UInt8](repeating: 0x80, count: 10) + [0],
        ]
        for bytes in edges where !agrees(bytes) { Issue.record("\(bytes)") }
    }

    @Test func `is written as it is read and as long as said`() {
        var generator = SeededGenerator(seed: 2)
        var values: [Int64] = [0, -1, 1, 63, 64, -64, -65, .max, .min, Int64(Int32.max), Int64(Int32.min)]
        for bits in 0..<64 { values += [1 << bits, 0 &- (1 << bits), (1 << bits) &- 1] }
        for _ in 0..<2000 { values.append(Int64(bitPattern: generator.next()) >> Int64.random(in: 0..<64)) }
        for value in values {
            var bytes: [UInt8] = []
            Varint.write(value, to: &bytes)
            #expect(bytes.count == Varint.length(of: value))
            #expect(slowlyRead(bytes, bits: 64)?.value == value)
            if !agrees(bytes) { Issue.record("\(value)") }
        }
    }
}
