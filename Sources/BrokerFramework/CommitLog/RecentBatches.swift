internal import BrokerModel

/// Where the last batches of the active segment lie, so that readers near the end of the log need not look.
struct RecentBatches: Sendable {
    private struct Entry {
        var nextOffset: Offset
        var position: Int
    }

    private static let capacity = 32
    private var entries: [Entry] = []
    /// The place of the oldest entry, once the ring is full.
    private var oldest = 0
    /// Offsets from here on are covered.
    private var firstOffset: Offset
    /// The end of the last batch.
    private(set) var end: Int

    /// A log that ends at `offset`, `position` in its active segment.
    init(offset: Offset, position: Int) {
        firstOffset = offset
        end = position
    }

    mutating func append(nextOffset: Offset, byteCount: Int) {
        let entry = Entry(nextOffset: nextOffset, position: end)
        if entries.count < Self.capacity {
            if entries.isEmpty { entries.reserveCapacity(Self.capacity) }
            entries.append(entry)
        } else {
            firstOffset = entries[oldest].nextOffset
            entries[oldest] = entry
            oldest = (oldest + 1) % Self.capacity
        }
        end += byteCount
    }

    /// The place of the batch that holds `offset`, or of the next one; nil if it is not known here.
    func locate(_ offset: Offset) -> (position: Int, end: Int)? {
        guard offset >= firstOffset else { return nil }
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].nextOffset > offset { high = middle } else { low = middle + 1 }
        }
        guard low < entries.count else { return nil }
        return (self[low].position, low + 1 < entries.count ? self[low + 1].position : end)
    }

    private subscript(index: Int) -> Entry { entries[(oldest + index) % entries.count] }
}
