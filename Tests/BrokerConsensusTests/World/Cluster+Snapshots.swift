@testable import BrokerConsensus

/// What the state machine does of its own accord.
extension Cluster {
    /// A snapshot of what was applied, as the state machine of `id` would write it.
    func takeSnapshot(_ id: Int32) throws {
        let node = self[id]
        let offset = node.appliedOffset
        guard let replica = node.replica, offset > 0, offset <= replica.highWatermark,
            let epoch = node.disk.log[offset - 1]?.epoch
        else { return }
        let snapshot = OffsetAndEpoch(offset: offset, epoch: epoch)
        let file = SnapshotFile(id: snapshot, sizeInBytes: drawn(1...3000), digest: node.digest)
        guard !node.disk.snapshots.contains(where: { $0.id == snapshot }) else { return }
        self[id].disk.snapshots.append(file)
        tally.note(.snapshotTaken)
        narrator?.say(id, "writes the snapshot \(Narrator.text(snapshot))")
        try step(id, .snapshotCreated(file.description))
    }

    /// Drops the log before the snapshot that is the `index`-th.
    func dropPrefix(_ id: Int32, snapshot index: Int) throws {
        let snapshots = self[id].disk.snapshots
        guard self[id].isUp, snapshots.indices.contains(index) else { return }
        let snapshot = snapshots[index].id
        guard snapshot.offset > self[id].disk.log.start, snapshot.offset <= self[id].replica?.highWatermark ?? 0 else {
            return
        }
        self[id].disk.dropPrefix(before: snapshot.offset)
        narrator?.say(id, "drops its log before \(snapshot.offset)")
        try step(id, .logPrefixDropped(before: snapshot))
    }
}
