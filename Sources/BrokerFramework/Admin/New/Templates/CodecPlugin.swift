// Written by Scripts/embed-templates.sh from Templates/CodecPlugin; changes belong there.
// swift-format-ignore-file

extension EmbeddedTemplates {
    static let codecPlugin: [PackageFile] = [
        PackageFile(path: ".gitignore", text: ##"""
.build/

"""##),
        PackageFile(path: "Package.swift", text: ##"""
// swift-tools-version: 6.2
import PackageDescription

// Where the framework is: a path or a URL. The environment variable BROKER_FRAMEWORK goes before what stands here.
let framework = Context.environment["BROKER_FRAMEWORK"] ?? "../.."

let package = Package(
    name: "quick-gzip",
    platforms: [.macOS(.v15)],
    products: [.library(name: "QuickGzipPlugin", targets: ["QuickGzipPlugin"])],
    dependencies: [
        framework.contains(":")
            ? .package(url: framework, from: "0.1.0") : .package(name: "BrokerFramework", path: framework)
    ],
    targets: [
        .systemLibrary(name: "CQuickGzipPlugin", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "QuickGzipPlugin",
            dependencies: ["CQuickGzipPlugin", .product(name: "BrokerPluginAPI", package: "BrokerFramework")]),
        .testTarget(
            name: "QuickGzipPluginTests",
            dependencies: [
                "QuickGzipPlugin", .product(name: "BrokerPluginTesting", package: "BrokerFramework"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

"""##),
        PackageFile(path: "README.md", text: ##"""
# quick-gzip

A compression codec: gzip that every client reads, with less work for the processor. It stands in the place of the built-in
gzip, and is then used wherever a topic has `compression.type=gzip`. zlib is needed to build it (`apt install zlib1g-dev`).

1. **Build it, and sit the exam.** `Package.swift` says where the framework is; the environment variable
   `BROKER_FRAMEWORK`, a path or a URL, goes before that.

   ```sh
   swift test
   ```

2. **Make it yours.** `Sources/QuickGzipPlugin/QuickGzipCodec.swift` is the plug-in: its name, its options, and what its kind asks for.
   `Tests/QuickGzipPluginTests/QuickGzipTests.swift` holds it to what it promises: the kind's exam is one line of it.

3. **Use it in a broker.** `broker new broker shop` writes one. In its `Package.swift`:

   ```swift
   .package(path: "../quick-gzip"),                                    // among the dependencies
   .product(name: "QuickGzipPlugin", package: "quick-gzip"),       // among those of the target ShopBroker
   ```

   and in its composition:

   ```swift
   import QuickGzipPlugin

   Replace(GzipCodec.self, with: QuickGzipCodec.self)
   ```

   `swift run shop-broker plugins describe gzip` shows it, and so it is used:

   ```sh
   shop-broker topics create orders -c compression.type=gzip -c compression.gzip.strategy=huffman
   ```

4. **Publish it.** Push the package to a repository of its own and tag a version, as `git tag 0.1.0`; others name its URL
   where the path stood. In its `Package.swift`, put the framework's URL in the place of its path first.

"""##),
        PackageFile(path: "Sources/CQuickGzipPlugin/module.modulemap", text: ##"""
module CQuickGzipPlugin [system] {
    header "shim.h"
    link "z"
    export *
}

"""##),
        PackageFile(path: "Sources/CQuickGzipPlugin/shim.h", text: ##"""
#include <zlib.h>

"""##),
        PackageFile(path: "Sources/QuickGzipPlugin/QuickGzipCodec.swift", text: ##"""
import BrokerPluginAPI
import CQuickGzipPlugin

/// Gzip that saves the processor: zlib looks for runs of one byte only, or for no repetitions at all.
///
/// What it writes is gzip (RFC 1952), so every client reads it: put it in the place of the built-in `gzip`. Reads any
/// number of gzip members, one behind the other. Safe on any thread: each call works with a stream of its own.
public struct QuickGzipCodec: CompressionCodec, Plugin {
    public static let name = "quick-gzip"
    public static let summary = "Gzip for busy processors: less work, larger batches."

    /// Where zlib looks for what it can save.
    public enum Strategy: String, CaseIterable, ConfigKeyValue { case standard, filtered, huffman, rle }

    public struct Configuration: PluginConfiguration {
        public var strategy = Strategy.rle

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey(
                "strategy", \.strategy,
                "What zlib looks for: 'rle' runs of one byte, 'huffman' nothing but frequent bytes, 'filtered' few "
                    + "repetitions, 'standard' all of them, as gzip does.")
        }
    }

    private let strategy: Int32

    public init(_ configuration: Configuration) {
        strategy =
            switch configuration.strategy {
            case .standard: Z_DEFAULT_STRATEGY
            case .filtered: Z_FILTERED
            case .huffman: Z_HUFFMAN_ONLY
            case .rle: Z_RLE
            }
    }

    public var type: CompressionType { .gzip }
    public var levels: CompressionLevels? { Self.levels }
    private static let levels = CompressionLevels(range: 1...9, standard: -1)

    public func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {
        let stream = try Stream(deflating: Int32(try Self.levels.checked(level)), strategy)
        try bytes.withUnsafeReadableBytes { input throws(CodecError) in try stream.deflate(input, into: &output) }
    }

    public func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        guard bytes.readableBytes > 0 else { throw .malformed("the gzip stream is empty") }
        let stream = try Stream()
        let start = output.writerIndex
        do throws(CodecError) {
            try bytes.withUnsafeReadableBytes { input throws(CodecError) in
                try stream.inflate(input, limit: max(0, min(limit, Int(Int32.max) - start)), into: &output)
            }
        } catch {
            // What a failed call has written is taken back.
            output.moveWriterIndex(to: start)
            throw error
        }
    }
}

/// A stream of zlib's, for one call.
private final class Stream {
    /// Fifteen bits of window, the largest; sixteen more ask for gzip's header and trailer.
    private static let windowBits: Int32 = 15 + 16

    /// On the heap, because zlib checks that the stream does not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let end: (UnsafeMutablePointer<z_stream>) -> Int32

    /// For decompressing.
    init() throws(CodecError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        end = inflateEnd
        let status = inflateInit2_(stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .failed("zlib could not begin to decompress (\(status))") }
    }

    init(deflating level: Int32, _ strategy: Int32) throws(CodecError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        end = deflateEnd
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, Self.windowBits, 8, strategy, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .failed("zlib could not begin to compress (\(status))") }
    }

    deinit {
        _ = end(stream)
        stream.deallocate()
    }

    func deflate(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) throws(CodecError) {
        read(from: input)
        let bound = Int(clamping: deflateBound(stream, UInt(input.count)))
        guard bound <= Int(Int32.max) - output.writerIndex else { throw .failed("the input is too large to compress") }
        _ = try output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { room throws(CodecError) in
            let (status, written) = step(into: room) { CQuickGzipPlugin.deflate($0, Z_FINISH) }
            guard status == Z_STREAM_END else { throw .failed("zlib could not compress (\(status))") }
            return written
        }
    }

    func inflate(_ input: UnsafeRawBufferPointer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        read(from: input)
        var left = limit
        repeat {
            inflateReset(stream)
            var status = Z_OK
            while status != Z_STREAM_END {
                if left > 0 {
                    // Room for a little at a time: the input may be small and what it claims to be, large.
                    left -= try output.writeWithUnsafeMutableBytes(minimumWritableBytes: min(left, 1 << 16)) {
                        room throws(CodecError) in
                        let room = UnsafeMutableRawBufferPointer(rebasing: room.prefix(left))
                        let written: Int
                        (status, written) = step(into: room) { CQuickGzipPlugin.inflate($0, Z_NO_FLUSH) }
                        return written
                    }
                } else {
                    // Whoever has nothing to add leaves this byte alone, and may finish.
                    var scratch: UInt8 = 0
                    let written: Int
                    (status, written) = withUnsafeMutableBytes(of: &scratch) { room in
                        step(into: room) { CQuickGzipPlugin.inflate($0, Z_NO_FLUSH) }
                    }
                    guard written == 0 else { throw .tooLarge(limit: limit) }
                }
                try check(status)
            }
        } while stream.pointee.avail_in > 0
    }

    private func read(from input: UnsafeRawBufferPointer) {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(clamping: input.count)
    }

    private func step(
        into room: UnsafeMutableRawBufferPointer, _ call: (UnsafeMutablePointer<z_stream>) -> Int32
    ) -> (status: Int32, written: Int) {
        stream.pointee.next_out = room.assumingMemoryBound(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(clamping: room.count)
        let available = stream.pointee.avail_out
        let status = call(stream)
        return (status, Int(available - stream.pointee.avail_out))
    }

    private func check(_ status: Int32) throws(CodecError) {
        switch status {
        case Z_STREAM_END: return
        case Z_OK where stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0: return
        // There was room, so it is input that is missing.
        case Z_OK, Z_BUF_ERROR: throw .malformed("the gzip stream is cut off")
        case Z_MEM_ERROR: throw .failed("zlib has no memory to decompress")
        default:
            throw .malformed(
                "the gzip stream is malformed: \(stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)")")
        }
    }
}

"""##),
        PackageFile(path: "Tests/QuickGzipPluginTests/QuickGzipTests.swift", text: ##"""
import BrokerPluginAPI
import BrokerPluginTesting
import QuickGzipPlugin
import Testing

@Suite struct QuickGzipTests {
    /// What Python's gzip module makes of the text behind it.
    private static let known = (
        compressed: ByteBuffer(bytes: [
            31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 43, 41, 207, 87, 40, 200, 172, 170, 74, 44, 6, 0, 224, 167, 146, 57, 10,
            0,
            0, 0,
        ]), plain: ByteBuffer(string: "two pizzas")
    )

    private func codec(_ strategy: QuickGzipCodec.Strategy) -> QuickGzipCodec {
        var configuration = QuickGzipCodec.Configuration()
        configuration.strategy = strategy
        return QuickGzipCodec(configuration)
    }

    @Test(arguments: QuickGzipCodec.Strategy.allCases) func `it is a codec`(strategy: QuickGzipCodec.Strategy) {
        #expect(CodecExam(known: [Self.known]) { codec(strategy) }.violations == [])
    }

    @Test func `members stand one behind the other`() throws {
        var two = ByteBuffer()
        for text in ["one ", "two"] {
            try codec(.huffman).compress(ByteBuffer(string: text), level: 1, into: &two)
        }
        var plain = ByteBuffer()
        try codec(.standard).decompress(two, limit: 100, into: &plain)
        #expect(String(buffer: plain) == "one two")
    }
}

"""##),
    ]
}
