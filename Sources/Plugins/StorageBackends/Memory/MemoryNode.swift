internal import BrokerPluginAPI
internal import NIOCore
internal import Synchronization

/// The content of one file.
///
/// Bytes lie in chunks. A chunk that is full is not written to again as long as the file only grows, so a read within
/// one is a slice of it; any other read copies.
final class MemoryNode: Sendable {
    static let chunkSize = 1 << 20

    struct Content {
        var chunks: [ByteBuffer] = []
        var size = 0
        var modified: Int64
        var isRemoved = false
    }

    let content: Mutex<Content>

    init(modified: Int64) { content = Mutex(Content(modified: modified)) }
}

extension MemoryNode.Content {
    func read(at offset: Int, count: Int) -> ByteBuffer {
        let end = min(size, offset + count)
        guard offset >= 0, offset < end else { return ByteBuffer() }
        let first = offset / MemoryNode.chunkSize
        let start = offset % MemoryNode.chunkSize
        let chunk = chunks[first]
        if chunk.readableBytes == MemoryNode.chunkSize,
            let slice = chunk.getSlice(at: start, length: end - offset)
        {
            return slice
        }
        var result = ByteBufferAllocator().buffer(capacity: end - offset)
        var position = offset
        while position < end {
            let start = position % MemoryNode.chunkSize
            let length = min(end - position, MemoryNode.chunkSize - start)
            let chunk = chunks[position / MemoryNode.chunkSize]
            chunk.withUnsafeReadableBytes { raw in
                _ = result.writeBytes(UnsafeRawBufferPointer(rebasing: raw[start..<start + length]))
            }
            position += length
        }
        return result
    }

    mutating func write(_ bytes: ByteBuffer, at offset: Int) {
        if offset > size { resize(to: offset) }
        var bytes = bytes
        var position = offset
        while bytes.readableBytes > 0 {
            let index = position / MemoryNode.chunkSize
            let start = position % MemoryNode.chunkSize
            let length = min(bytes.readableBytes, MemoryNode.chunkSize - start)
            if index == chunks.count { chunks.append(ByteBuffer()) }
            bytes.readWithUnsafeReadableBytes { raw in
                chunks[index].setBytes(UnsafeRawBufferPointer(rebasing: raw[..<length]), at: start)
                return length
            }
            let end = start + length
            if chunks[index].writerIndex < end { chunks[index].moveWriterIndex(to: end) }
            position += length
        }
        size = max(size, position)
    }

    mutating func resize(to newSize: Int) {
        while size < newSize {
            let index = size / MemoryNode.chunkSize
            let start = size % MemoryNode.chunkSize
            let length = min(newSize - size, MemoryNode.chunkSize - start)
            if index == chunks.count { chunks.append(ByteBuffer()) }
            chunks[index].writeRepeatingByte(0, count: length)
            size += length
        }
        guard size > newSize else { return }
        let kept = (newSize + MemoryNode.chunkSize - 1) / MemoryNode.chunkSize
        chunks.removeSubrange(kept...)
        let last = newSize % MemoryNode.chunkSize
        if last > 0 { chunks[kept - 1].moveWriterIndex(to: last) }
        size = newSize
    }
}
