internal import BrokerModel
package import NIOCore

/// The sparse map from offsets to positions in a segment: `NNN.index`.
///
/// An entry names the last offset of a batch and where that batch begins. Both only grow.
package struct OffsetIndex: Hashable, Sendable {
    package static let entryByteCount = 8

    package struct Entry: Hashable, Sendable {
        /// Counted from the segment's base offset.
        package var relativeOffset: Int32
        package var position: Int32

        package init(relativeOffset: Int32, position: Int32) {
            self.relativeOffset = relativeOffset
            self.position = position
        }
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    /// Reads a file's content. Empty slots at the end, of a file that was never trimmed, are left out; nil if the
    /// content is no index.
    package init?(_ bytes: ByteBuffer) {
        guard bytes.readableBytes % Self.entryByteCount == 0 else { return nil }
        let count = bytes.readableBytes / Self.entryByteCount
        let decoded: [Entry]? = bytes.withUnsafeReadableBytes { raw in
            var used = count
            // A batch at position 0 never has an entry, so an empty slot cannot be taken for one.
            while used > 0 && raw.bigEndian(at: (used - 1) * 8, as: UInt64.self) == 0 { used -= 1 }
            var entries: [Entry] = []
            entries.reserveCapacity(used)
            for index in 0..<used {
                let entry = Entry(
                    relativeOffset: raw.bigEndian(at: index * 8), position: raw.bigEndian(at: index * 8 + 4))
                guard entry.relativeOffset >= 0, entry.position > 0 else { return nil }
                if let last = entries.last {
                    guard entry.relativeOffset > last.relativeOffset, entry.position > last.position else { return nil }
                }
                entries.append(entry)
            }
            return entries
        }
        guard let decoded else { return nil }
        entries = decoded
    }

    /// The file's content.
    package var encoded: ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: entries.count * Self.entryByteCount)
        for entry in entries { bytes.writeMultipleIntegers(entry.relativeOffset, entry.position) }
        return bytes
    }

    mutating func append(relativeOffset: Int32, position: Int32) {
        entries.append(Entry(relativeOffset: relativeOffset, position: position))
    }

    /// Where to begin looking for `relativeOffset`: a batch's position at or before that of the batch that holds it.
    package func position(for relativeOffset: Int64) -> Int {
        let index = entries.partitioningIndex { Int64($0.relativeOffset) > relativeOffset }
        return index == 0 ? 0 : Int(entries[index - 1].position)
    }

    /// Drops entries of batches that reach beyond the log's new end.
    mutating func truncate(toPosition position: Int) {
        entries.removeSubrange(entries.partitioningIndex { Int($0.position) >= position }...)
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first index whose element belongs to the second half, of a collection sorted by that.
    @inline(__always)
    func partitioningIndex(where belongsToSecond: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if belongsToSecond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
