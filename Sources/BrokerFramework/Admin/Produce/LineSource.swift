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
    private var splitter: LineSplitter
    private var isAtEnd = false
    private var lineCount = 0

    /// - Parameters:
    ///   - delimiter: at least one byte.
    ///   - limit: the most bytes of a line.
    init(delimiter: [UInt8], limit: Int) { splitter = LineSplitter(delimiter: delimiter, limit: limit) }

    /// The lines that have come, without their delimiters, at least one; nil at the end, and when the command is
    /// interrupted. The last line needs no delimiter.
    ///
    /// - Throws: when a line is too long, after those before it.
    mutating func next() async throws -> [ByteBuffer]? {
        while !isAtEnd {
            if splitter.isBlocked {
                throw CommandFailure(
                    "Line \(lineCount + 1) is longer than \(splitter.limit) bytes.", kind: .badInput,
                    advice: "Does the input have other ends of lines? -D says what ends a record.")
            }
            guard let chunk = try await NIOThreadPool.singleton.runIfActive(Self.read) else { return nil }
            if chunk.readableBytes == 0 {
                isAtEnd = true
                return splitter.rest().map { [$0] }
            }
            let lines = splitter.split(chunk)
            lineCount += lines.count
            if !lines.isEmpty { return lines }
        }
        return nil
    }

    /// What has come, nothing at the end; nil if the command is interrupted meanwhile.
    @Sendable private static func read() throws -> ByteBuffer? {
        while true {
            if Interruption.isRequested { return nil }
            var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            let ready = poll(&input, 1, Int32(Interruption.lookMilliseconds))
            if ready > 0 { break }
            if ready < 0, errno != EINTR { throw failure() }
        }
        var buffer = ByteBufferAllocator().buffer(capacity: 1 << 16)
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1 << 16) { room in
            while true {
                let count = readInput(room)
                if count >= 0 { return count }
                if errno != EINTR { throw failure() }
            }
        }
        return buffer
    }

    private static func failure() -> CommandFailure {
        CommandFailure("Cannot read standard input: error \(errno) of the system.", kind: .inputOutput)
    }
}

private func readInput(_ room: UnsafeMutableRawBufferPointer) -> Int {
    read(STDIN_FILENO, room.baseAddress, room.count)
}

/// Cuts chunks of bytes into lines. Each byte is copied and looked at a bounded number of times, however long lines are.
struct LineSplitter {
    private let delimiter: [UInt8]
    let limit: Int
    /// What came behind the last delimiter.
    private var pending = ByteBuffer()
    /// Whether the next line is longer than allowed; nothing comes after it.
    private(set) var isBlocked = false

    /// - Parameters:
    ///   - delimiter: at least one byte.
    ///   - limit: the most bytes of a line, without its delimiter.
    init(delimiter: [UInt8], limit: Int = .max) {
        self.delimiter = delimiter
        self.limit = limit
    }

    mutating func split(_ chunk: ByteBuffer) -> [ByteBuffer] {
        guard !isBlocked else { return [] }
        // A delimiter may have begun in what is pending; what lies before that has been searched.
        var start = max(0, pending.readableBytes - delimiter.count + 1)
        pending.writeImmutableBuffer(chunk)
        var lines: [ByteBuffer] = []
        while let place = pending.firstRange(of: delimiter, from: start), place.lowerBound <= limit,
            let line = pending.readSlice(length: place.lowerBound)
        {
            pending.moveReaderIndex(forwardBy: delimiter.count)
            lines.append(line)
            start = 0
        }
        // A part of a delimiter may stand at its end.
        isBlocked = pending.readableBytes - (delimiter.count - 1) > limit
        // The lines share the bytes, so what comes next needs room of its own; without any it goes on where it is.
        if !lines.isEmpty { pending = ByteBuffer(bytes: pending.readableBytesView) }
        return lines
    }

    /// What is left behind the last delimiter.
    mutating func rest() -> ByteBuffer? {
        defer { pending = ByteBuffer() }
        return pending.readableBytes > 0 ? pending : nil
    }
}

extension ByteBuffer {
    /// Where `pattern` stands first at or after `start`; both counted from the reader index.
    func firstRange(of pattern: [UInt8], from start: Int = 0) -> Range<Int>? {
        guard let first = pattern.first else { return nil }
        return withUnsafeReadableBytes { bytes in
            var start = start
            while start + pattern.count <= bytes.count {
                guard let candidate = bytes[start...].firstIndex(of: first), candidate + pattern.count <= bytes.count
                else { return nil }
                if bytes[candidate..<candidate + pattern.count].elementsEqual(pattern) {
                    return candidate..<candidate + pattern.count
                }
                start = candidate + 1
            }
            return nil
        }
    }
}
