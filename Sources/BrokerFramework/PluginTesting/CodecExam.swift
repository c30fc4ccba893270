public import BrokerPluginAPI
public import NIOCore

/// Whether a codec keeps what ``BrokerPluginAPI/CompressionCodec`` promises.
public struct CodecExam {
    private let make: () throws -> any CompressionCodec
    private let known: [(compressed: ByteBuffer, plain: ByteBuffer)]

    /// - Parameters:
    ///   - known: what others compressed, and what it must become, to show that they are understood.
    ///   - make: makes an instance; called several times.
    public init(
        known: [(compressed: ByteBuffer, plain: ByteBuffer)] = [], _ make: @escaping () throws -> any CompressionCodec
    ) {
        self.known = known
        self.make = make
    }

    /// What is broken; empty if it passes. The same in every run. Takes some seconds.
    public var violations: [Violation] {
        var findings = Findings()
        do {
            let codec = try make()
            for (name, plain) in Self.corpus { roundTrip(codec, name, plain, &findings) }
            damage(codec, &findings)
            limits(codec, &findings)
            levels(codec, &findings)
            for (compressed, plain) in known {
                findings.expect(
                    "what others compressed is understood", decompressed(codec, compressed) == plain,
                    "\(compressed.readableBytes) bytes are not")
            }
        } catch { findings.expect("an instance can be made", false, "\(error)") }
        return findings.violations
    }

    private static let corpus: [(name: String, plain: ByteBuffer)] = {
        var chance = SeededChance(1)
        let noise = ByteBuffer(bytes: (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &chance) })
        let words = (0..<20_000).map { _ in ["alpha", "beta", "gamma", "delta"][Int.random(in: 0..<4, using: &chance)] }
        return [
            ("nothing", ByteBuffer()), ("one byte", ByteBuffer(bytes: [0x61])),
            ("words", ByteBuffer(string: words.joined(separator: " "))), ("noise", noise),
            ("three megabytes of zeros", ByteBuffer(repeating: 0, count: 3 << 20)),
        ]
    }()

    private func roundTrip(
        _ codec: any CompressionCodec, _ name: String, _ plain: ByteBuffer, _ findings: inout Findings
    ) {
        let before = ByteBuffer(string: "before")
        var compressed = before
        do throws(CodecError) { try codec.compress(plain, level: nil, into: &compressed) } catch {
            return findings.expect("everything can be compressed", false, "\(name): \(error)")
        }
        findings.expect(
            "what is made is appended", compressed.readSlice(length: before.readableBytes) == before,
            "what was there before is changed, for \(name)")
        findings.expect("something is written even for nothing", compressed.readableBytes > 0, "not for \(name)")
        var restored = before
        do throws(CodecError) {
            try codec.decompress(compressed, limit: max(1, plain.readableBytes), into: &restored)
        } catch { return findings.expect("what was compressed can be decompressed", false, "\(name): \(error)") }
        findings.expect(
            "what is made is appended", restored.readSlice(length: before.readableBytes) == before,
            "what was there before is changed, for \(name)")
        findings.expect("a round trip changes nothing", restored == plain, "\(name) comes back different")
    }

    private func decompressed(_ codec: any CompressionCodec, _ bytes: ByteBuffer, limit: Int = 16 << 20) -> ByteBuffer?
    {
        var output = ByteBuffer()
        do throws(CodecError) { try codec.decompress(bytes, limit: limit, into: &output) } catch { return nil }
        return output
    }

    private func damage(_ codec: any CompressionCodec, _ findings: inout Findings) {
        findings.expect("no bytes at all are malformed", decompressed(codec, ByteBuffer()) == nil, "they are accepted")
        let plain = Self.corpus[2].plain
        var whole = ByteBuffer()
        do throws(CodecError) { try codec.compress(plain, level: nil, into: &whole) } catch { return }
        guard whole.readableBytes > 0 else { return }
        var chance = SeededChance(2)
        for length in Set((0..<200).map { _ in Int.random(in: 1..<max(2, whole.readableBytes), using: &chance) }) {
            guard length < whole.readableBytes, let cut = whole.getSlice(at: whole.readerIndex, length: length) else {
                continue
            }
            findings.expect(
                "what is cut off does not pass for the whole", decompressed(codec, cut) != plain,
                "\(length) of \(whole.readableBytes) bytes do")
        }
        for _ in 0..<500 {
            var damaged = whole
            let position = damaged.readerIndex + Int.random(in: 0..<damaged.readableBytes, using: &chance)
            damaged.setInteger(UInt8.random(in: 0...255, using: &chance), at: position)
            let kept = ByteBuffer(string: "kept")
            var output = kept
            do throws(CodecError) { try codec.decompress(damaged, limit: 1 << 20, into: &output) } catch {
                findings.expect("an error leaves the output as it was", output == kept, "it has changed")
                continue
            }
            findings.expect(
                "no more is written than allowed", output.readableBytes <= kept.readableBytes + 1 << 20,
                "\(output.readableBytes) bytes")
        }
    }

    private func limits(_ codec: any CompressionCodec, _ findings: inout Findings) {
        var bomb = ByteBuffer()
        let plain = ByteBuffer(repeating: 0, count: 8 << 20)
        do throws(CodecError) { try codec.compress(plain, level: nil, into: &bomb) } catch { return }
        for limit in [0, 1, 4096, plain.readableBytes - 1] {
            var output = ByteBuffer()
            do throws(CodecError) {
                try codec.decompress(bomb, limit: limit, into: &output)
                findings.expect("more than the limit is an error", false, "8 MiB come out of a limit of \(limit) bytes")
            } catch {
                findings.expect(
                    "more than the limit is called too large", error == .tooLarge(limit: limit), "it is called \(error)"
                )
            }
        }
    }

    private func levels(_ codec: any CompressionCodec, _ findings: inout Findings) {
        guard let levels = codec.levels else { return }
        let plain = Self.corpus[2].plain
        for level in [levels.range.lowerBound, levels.range.upperBound, levels.standard] {
            var compressed = ByteBuffer()
            do throws(CodecError) { try codec.compress(plain, level: level, into: &compressed) } catch {
                findings.expect("every level can be used", false, "\(level): \(error)")
            }
            findings.expect(
                "every level can be read", decompressed(codec, compressed) == plain, "level \(level) cannot")
        }
        for level in [levels.range.lowerBound - 1, levels.range.upperBound + 1] where !levels.contains(level) {
            var output = ByteBuffer()
            do throws(CodecError) {
                try codec.compress(plain, level: level, into: &output)
                findings.expect("a level that is not there is refused", false, "\(level) is taken")
            } catch {
                findings.expect(
                    "a level that is not there is called so", error == .unsupportedLevel(level), "it is called \(error)"
                )
            }
        }
    }
}
