import BrokerModel
import BrokerPluginAPI
import Codecs
import Foundation
import NIOCore
import Testing

/// Not a test of anything: writes the seeds for `Tests/Fuzz` when `BROKER_CORPUS` names its folder.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["BROKER_CORPUS"] != nil))
struct CodecSeedTests {
    private func write(_ seeds: [(name: String, bytes: [UInt8])], to folder: String) throws {
        let path = try #require(ProcessInfo.processInfo.environment["BROKER_CORPUS"])
        let url = URL(fileURLWithPath: path, isDirectory: true).appendingPathComponent(folder)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for seed in seeds { try Data(seed.bytes).write(to: url.appendingPathComponent(seed.name)) }
    }

    @Test func `the seeds of the codecs are written`() throws {
        let seeds = GoldenStream.all.enumerated().map { index, golden in
            // The first byte chooses the codec, as in `CodecFuzz`.
            let choice = BuiltInCodecs.all.firstIndex { $0.type == golden.codec } ?? 0
            return (
                "\(golden.codec)-\(index)", [UInt8(choice)] + Array(ByteBuffer(hex: golden.hex).readableBytesView)
            )
        }
        try write(seeds, to: "corpus-CodecFuzz")
    }

    @Test func `the seeds of the batches are written`() throws {
        let seeds = librdkafkaBatches.map { ("\($0.compression)", Array(ByteBuffer(hex: $0.hex).readableBytesView)) }
        var builder = RecordBatchBuilder(producerID: 7, producerEpoch: 1, baseSequence: 2)
        for index in 0..<3 {
            builder.append(
                timestamp: 1_700_000_000_000 - Timestamp(index * 500), key: index == 1 ? nil : ByteBuffer(string: "k"),
                value: index == 2 ? nil : ByteBuffer(string: "value"),
                headers: [Record.Header(key: "h", value: nil), Record.Header(key: "i", value: ByteBuffer(string: "v"))])
        }
        try write(seeds + [("built", Array(builder.build().readableBytesView))], to: "corpus-RecordBatchFuzz")
    }
}
