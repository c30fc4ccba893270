internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Standard input cut at a delimiter. Reading blocks a thread made for that, not one of Swift's tasks.
struct LineSource {
    private let delimiter: UInt8
    private var splitter = LineSplitter()
    private var isAtEnd = false

    init(delimiter: UInt8) { self.delimiter = delimiter }

    /// The lines that have come, without their delimiters, at least one; nil at the end. The last line needs none.
    mutating func next() async throws -> [ByteBuffer]? {
        while !isAtEnd {
            let chunk = try await NIOThreadPool.singleton.runIfActive { try Self.read() }
            if chunk.readableBytes == 0 {
                isAtEnd = true
                return splitter.rest().map { [$0] }
            }
            let lines = splitter.split(chunk, at: delimiter)
            if !lines.isEmpty { return lines }
        }
        return nil
    }

    private static func read() throws -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: 1 << 16)
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1 << 16) { room in
            while true {
                let count = readInput(room)
                if count >= 0 { return count }
                if errno != EINTR { throw IOError(errnoCode: errno, reason: "cannot read standard input") }
            }
        }
        return buffer
    }
}

private func readInput(_ room: UnsafeMutableRawBufferPointer) -> Int {
    read(STDIN_FILENO, room.baseAddress, room.count)
}

/// Cuts chunks of bytes into lines.
struct LineSplitter {
    private var pending = ByteBuffer()

    mutating func split(_ chunk: ByteBuffer, at delimiter: UInt8) -> [ByteBuffer] {
        var chunk = chunk
        var lines: [ByteBuffer] = []
        while let length = chunk.readableBytesView.firstIndex(of: delimiter).map({ $0 - chunk.readerIndex }),
            let head = chunk.readSlice(length: length)
        {
            chunk.moveReaderIndex(forwardBy: 1)
            if pending.readableBytes > 0 {
                pending.writeImmutableBuffer(head)
                lines.append(pending)
                pending = ByteBuffer()
            } else {
                lines.append(head)
            }
        }
        pending.writeImmutableBuffer(chunk)
        return lines
    }

    /// What is left behind the last delimiter.
    mutating func rest() -> ByteBuffer? {
        defer { pending = ByteBuffer() }
        return pending.readableBytes > 0 ? pending : nil
    }
}
