import BrokerWire
import NIOCore
import ProtocolGenerator
import Testing

/// What must hold for every message in every version, over seeded random values.
@Suite struct EveryMessageTests {
    @Test func `bytes written from the schema are read and written back unchanged`() throws {
        var count = 0
        for (message, type) in try Support.messages() {
            for version in Support.versions(message) {
                for seed in 0..<8 {
                    let bytes = ByteBuffer(bytes: SampleEncoder.sample(message, version: version, seed: UInt64(seed)))
                    let repeats = try type.repeats(bytes, version: version)
                    #expect(repeats, "\(message.name) v\(version) seed \(seed): \(bytes.hex)")
                    count += 1
                }
            }
        }
        #expect(count > 8 * 700)
    }

    @Test func `every strict prefix of a message fails`() throws {
        for (message, type) in try Support.messages() {
            for version in Support.versions(message) {
                let bytes = SampleEncoder.sample(message, version: version, seed: 77)
                for length in 0..<min(bytes.count, 600) {
                    let prefix = ByteBuffer(bytes: bytes[..<length])
                    if (try? type.decode(prefix, version: version)) != nil {
                        Issue.record("\(message.name) v\(version) reads \(length) of \(bytes.count) bytes")
                    }
                }
            }
        }
    }

    @Test func `a byte too many fails, unless more is expected`() throws {
        for (message, type) in try Support.messages() {
            let version = message.versions.last
            var bytes = ByteBuffer(bytes: SampleEncoder.sample(message, version: version, seed: 5))
            let length = bytes.readableBytes
            bytes.writeInteger(UInt8(0))
            do {
                _ = try type.decode(bytes, version: version)
                Issue.record("\(message.name) accepts a byte too many")
            } catch {
                #expect(error.reason == .trailingBytes(1))
                #expect(error.position == length)
            }
            _ = try type.decode(consuming: &bytes, version: version)
            #expect(bytes.readableBytes == 1)
        }
    }

    @Test func `broken bytes are refused or read, but never trap`() throws {
        var generator = SeededGenerator(seed: 2026)
        for (message, type) in try Support.messages() {
            for version in Support.versions(message) {
                for round in 0..<40 {
                    var bytes = SampleEncoder.sample(message, version: version, seed: UInt64(round))
                    if bytes.isEmpty { continue }
                    for _ in 0...generator.below(3) {
                        let position = generator.below(bytes.count)
                        bytes[position] =
                            generator.chance(1, of: 2)
                            ? bytes[position] ^ (1 << UInt8(generator.below(8))) : UInt8(generator.below(256))
                    }
                    let broken = ByteBuffer(bytes: bytes)
                    if !type.isStable(broken, version: version) {
                        Issue.record("\(message.name) v\(version) is not stable: \(broken.hex)")
                    }
                }
            }
        }
    }

    @Test func `random bytes are refused or read, but never trap`() throws {
        var generator = SeededGenerator(seed: 99)
        for (message, type) in try Support.messages() {
            for version in Support.versions(message) {
                for _ in 0..<30 {
                    let limit = generator.chance(1, of: 2) ? 4 : 256
                    let bytes = (0..<generator.below(120)).map { _ in UInt8(generator.below(limit)) }
                    let random = ByteBuffer(bytes: bytes)
                    if !type.isStable(random, version: version) {
                        Issue.record("\(message.name) v\(version) is not stable: \(random.hex)")
                    }
                }
            }
        }
    }

    @Test func `a version outside of the valid ones is refused both ways`() throws {
        for (message, type) in try Support.messages() {
            for version in [message.versions.first - 1, message.versions.last + 1] {
                do {
                    _ = try type.decode(ByteBuffer(), version: version)
                    Issue.record("\(message.name) decodes version \(version)")
                } catch {
                    #expect(error.reason == .unsupportedVersion)
                    #expect(error.message == message.name)
                }
            }
        }
    }
}
