public import BrokerPluginAPI
public import NIOCore

/// Whether a codec keeps what ``BrokerPluginAPI/CompressionCodec`` promises.
public struct CodecExam {
    /// What the format under exam lets a codec notice. Beyond that, no codec gives out what is cut off for the whole.
    public struct Claims: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// What is cut off, wherever it is, is an error: the format says where it ends.
        public static let detectsTruncation = Claims(rawValue: 1)
        /// What was changed is an error, or comes out as it was: the format has a checksum.
        public static let detectsCorruption = Claims(rawValue: 2)

        /// What Kafka's formats can: gzip has a checksum; lz4 and zstd, as Kafka writes them, have an end, and snappy has
        /// neither. A format of your own is to notice everything.
        public static func standard(for type: CompressionType) -> Claims {
            switch type {
            case .snappy, .none: []
            case .lz4, .zstd: .detectsTruncation
            case .gzip, .custom5, .custom6, .custom7: [.detectsTruncation, .detectsCorruption]
            }
        }
    }

    private let claims: Claims?
    private let make: () throws -> any CompressionCodec
    private let known: [(compressed: ByteBuffer, plain: ByteBuffer)]

    /// - Parameters:
    ///   - claims: what its format lets it notice; nil for ``Claims/standard(for:)``. A batch has a checksum of its own,
    ///     so a format without one is no danger to what clients send.
    ///   - known: what others compressed, and what it must become, to show that they are understood.
    ///   - make: makes an instance; called several times.
    public init(
        _ claims: Claims? = nil, known: [(compressed: ByteBuffer, plain: ByteBuffer)] = [],
        _ make: @escaping () throws -> any CompressionCodec
    ) {
        self.claims = claims
        self.known = known
        self.make = make
    }

    /// What is broken; empty if it passes. The same in every run. Takes some seconds.
    public var violations: [Violation] {
        var findings = Findings()
        do {
            let codec = try make()
            for (name, plain) in Self.corpus { roundTrip(codec, name, plain, &findings) }
            pieces(codec, &findings)
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

    private static let sentence = ByteBuffer(
        string: "The quick brown fox jumps twice: the quick brown fox jumps over it.")

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

    private func compressed(_ codec: any CompressionCodec, _ plain: ByteBuffer) -> ByteBuffer? {
        var output = ByteBuffer()
        do throws(CodecError) { try codec.compress(plain, level: nil, into: &output) } catch { return nil }
        return output
    }

    /// Several pieces one behind the other.
    private func pieces(_ codec: any CompressionCodec, _ findings: inout Findings) {
        let (nothing, byte, words) = (Self.corpus[0].plain, Self.corpus[1].plain, Self.corpus[2].plain)
        for (first, second) in [(words, byte), (byte, words), (nothing, words), (words, nothing)] {
            guard var both = compressed(codec, first), var other = compressed(codec, second) else { continue }
            both.writeBuffer(&other)
            var whole = first
            whole.writeImmutableBuffer(second)
            let restored = decompressed(codec, both)
            findings.expect(
                "two pieces, one behind the other, become both or are an error", restored == nil || restored == whole,
                "\(restored?.readableBytes ?? 0) bytes come of two pieces with \(first.readableBytes) and "
                    + "\(second.readableBytes)")
            guard restored != nil else { continue }
            findings.expect(
                "the limit is for all pieces together",
                restored != whole || decompressed(codec, both, limit: max(1, whole.readableBytes - 1)) == nil,
                "\(whole.readableBytes) bytes in two pieces come out of a limit of one less")
        }
    }

    private func damage(_ codec: any CompressionCodec, _ findings: inout Findings) {
        findings.expect("no bytes at all are malformed", decompressed(codec, ByteBuffer()) == nil, "they are accepted")
        let claims = claims ?? .standard(for: codec.type)
        var chance = SeededChance(2)
        for (plain, trials) in [
            (Self.corpus[1].plain, 50), (Self.sentence, 300), (Self.corpus[2].plain, 50), (Self.corpus[3].plain, 50),
        ] {
            guard let whole = compressed(codec, plain), whole.readableBytes > 0 else { continue }
            let count = whole.readableBytes
            // Wherever a short text can be cut, and at some places of long ones.
            let lengths =
                count <= trials
                ? Set(1..<count) : Set((0..<trials).map { _ in Int.random(in: 1..<count, using: &chance) })
            for length in lengths.union(count > 1 ? [count - 1] : []).sorted() {
                guard let cut = whole.getSlice(at: whole.readerIndex, length: length) else { continue }
                cutOff(codec, cut, of: count, plain, claims, &findings)
            }
            for _ in 0..<trials {
                var damaged = whole
                let position = damaged.readerIndex + Int.random(in: 0..<count, using: &chance)
                damaged.setInteger(UInt8.random(in: 0...255, using: &chance), at: position)
                corrupt(codec, damaged, plain, claims, &findings)
            }
        }
    }

    private func cutOff(
        _ codec: any CompressionCodec, _ cut: ByteBuffer, of count: Int, _ plain: ByteBuffer, _ claims: Claims,
        _ findings: inout Findings
    ) {
        let restored = decompressed(codec, cut)
        findings.expect(
            "what is cut off does not pass for the whole", restored != plain,
            "\(cut.readableBytes) of \(count) bytes do")
        guard claims.contains(.detectsTruncation) else { return }
        findings.expect(
            "what is cut off is an error", restored == nil,
            "\(cut.readableBytes) of \(count) bytes become \(restored?.readableBytes ?? 0) of \(plain.readableBytes)")
    }

    private func corrupt(
        _ codec: any CompressionCodec, _ damaged: ByteBuffer, _ plain: ByteBuffer, _ claims: Claims,
        _ findings: inout Findings
    ) {
        let kept = ByteBuffer(string: "kept")
        var output = kept
        do throws(CodecError) { try codec.decompress(damaged, limit: 1 << 20, into: &output) } catch {
            return findings.expect("an error leaves the output as it was", output == kept, "it has changed")
        }
        findings.expect(
            "no more is written than allowed", output.readableBytes <= kept.readableBytes + 1 << 20,
            "\(output.readableBytes) bytes")
        guard claims.contains(.detectsCorruption) else { return }
        output.moveReaderIndex(forwardBy: min(kept.readableBytes, output.readableBytes))
        findings.expect(
            "what was changed is an error, or comes out as it was", output == plain,
            "a changed byte among \(damaged.readableBytes) makes other \(output.readableBytes) bytes")
    }

    private func limits(_ codec: any CompressionCodec, _ findings: inout Findings) {
        var bomb = ByteBuffer()
        let plain = ByteBuffer(repeating: 0, count: 2 << 20)
        do throws(CodecError) { try codec.compress(plain, level: nil, into: &bomb) } catch { return }
        for limit in [0, 1, 4096, plain.readableBytes - 1] {
            var output = ByteBuffer()
            do throws(CodecError) {
                try codec.decompress(bomb, limit: limit, into: &output)
                findings.expect("more than the limit is an error", false, "2 MiB come out of a limit of \(limit) bytes")
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
