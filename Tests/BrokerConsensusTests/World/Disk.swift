import BrokerConsensus

/// A record of the simulated log. `value` is unique in a run; a LeaderChange has minus its epoch.
struct Entry: Hashable {
    let epoch: Int32
    let value: Int64
    let startsBatch: Bool
}

/// The bytes of a log, so to say.
struct LogImage: Hashable {
    var start: Int64 = 0
    var entries: [Entry] = []

    var end: Int64 { start + Int64(entries.count) }

    subscript(offset: Int64) -> Entry? {
        offset >= start && offset < end ? entries[Int(offset - start)] : nil
    }

    mutating func truncate(to offset: Int64) {
        if offset < end { entries.removeLast(Int(end - max(offset, start))) }
    }

    mutating func dropPrefix(before offset: Int64) {
        if offset >= end { entries = [] } else if offset > start { entries.removeFirst(Int(offset - start)) }
        start = max(start, offset)
    }

    /// Whole batches from `offset` on: at least one, then while `count` is not exceeded.
    func read(from offset: Int64, upTo limit: Int64, count: Int) -> [Entry] {
        var taken = 0
        var end = offset
        var next = offset
        while next < limit {
            next += 1
            while next < limit, let entry = self[next], !entry.startsBatch { next += 1 }
            if taken > 0, Int(next - offset) > count { break }
            taken += 1
            end = next
        }
        return (offset..<end).compactMap { self[$0] }
    }

    func shape(snapshots: [SnapshotFile]) -> LogShape {
        var epochs: [EpochStart] = []
        for (index, entry) in entries.enumerated() where epochs.last?.epoch != entry.epoch {
            epochs.append(EpochStart(epoch: entry.epoch, startOffset: start + Int64(index)))
        }
        return LogShape(
            startOffset: start, endOffset: end, epochs: epochs, snapshots: snapshots.map(\.description))
    }
}

/// A snapshot's file: the digest stands for what is in it.
struct SnapshotFile: Hashable {
    let id: OffsetAndEpoch
    let sizeInBytes: Int64
    let digest: UInt64

    var description: Snapshot { Snapshot(id: id, sizeInBytes: sizeInBytes) }
}

/// A node's disk: what the process reads back, and what would be left after a crash.
struct Disk {
    var electionState: ElectionState?
    var log = LogImage()
    var durableLog = LogImage()
    var snapshots: [SnapshotFile] = []
    var part: SnapshotPart?
    /// How often the log was begun anew: a flush of an earlier one says nothing of this one.
    private(set) var resets = 0

    struct SnapshotPart {
        let id: OffsetAndEpoch
        var size: Int64 = 0
        var digest: UInt64 = 0
    }

    mutating func dropPrefix(before offset: Int64) {
        snapshots.removeAll { $0.id.offset < offset }
        log.dropPrefix(before: offset)
        durableLog.dropPrefix(before: offset)
    }

    mutating func reset(to offset: Int64) {
        resets += 1
        snapshots.removeAll { $0.id.offset < offset }
        log = LogImage(start: offset)
        durableLog = log
    }

    /// The process is gone, and with it what was not durable: all, some or none of it. Says whether something was lost.
    mutating func crash(using random: inout RaftRandom) -> Bool {
        let before = log
        var common = log.start
        while common < min(log.end, durableLog.end), log[common] == durableLog[common] { common += 1 }
        if common == log.end || Bool.random(using: &random) {
            log = durableLog
        } else {
            log.truncate(to: Int64.random(in: common...log.end, using: &random))
        }
        durableLog = log
        part = nil
        return log != before
    }
}
