package import BrokerModel
package import NIOCore

/// The sparse map from timestamps to offsets in a segment: `NNN.timeindex`.
///
/// An entry says: no record up to the offset is younger than the timestamp. Both only grow.
package struct TimeIndex: Hashable, Sendable {
    package static let entryByteCount = 12

    package struct Entry: Hashable, Sendable {
        package var timestamp: Timestamp
        /// Counted from the segment's base offset.
        package var relativeOffset: Int32

        package init(timestamp: Timestamp, relativeOffset: Int32) {
            self.timestamp = timestamp
            self.relativeOffset = relativeOffset
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
            func entry(_ index: Int) -> Entry {
                Entry(timestamp: raw.bigEndian(at: index * 12), relativeOffset: raw.bigEndian(at: index * 12 + 8))
            }
            var used = count
            while used > 0 && entry(used - 1) == Entry(timestamp: 0, relativeOffset: 0) { used -= 1 }
            var entries: [Entry] = []
            entries.reserveCapacity(used)
            for index in 0..<used {
                let entry = entry(index)
                guard entry.relativeOffset >= 0 else { return nil }
                if let last = entries.last {
                    guard entry.timestamp > last.timestamp, entry.relativeOffset >= last.relativeOffset else {
                        return nil
                    }
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
        for entry in entries { bytes.writeMultipleIntegers(entry.timestamp, entry.relativeOffset) }
        return bytes
    }

    /// Adds an entry if it says something new.
    mutating func append(timestamp: Timestamp, relativeOffset: Int32) {
        if let last = entries.last, timestamp <= last.timestamp || relativeOffset < last.relativeOffset { return }
        entries.append(Entry(timestamp: timestamp, relativeOffset: relativeOffset))
    }

    /// The offset, from the segment's base, from which to look for the first record of at least `timestamp`.
    package func relativeOffset(for timestamp: Timestamp) -> Int32 {
        let index = entries.partitioningIndex { $0.timestamp >= timestamp }
        return index == 0 ? 0 : entries[index - 1].relativeOffset
    }

    /// Drops entries that name `relativeOffset` or a later one.
    mutating func truncate(to relativeOffset: Int64) {
        entries.removeSubrange(entries.partitioningIndex { Int64($0.relativeOffset) >= relativeOffset }...)
    }
}
