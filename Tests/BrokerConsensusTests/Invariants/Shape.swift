@testable import BrokerConsensus

/// A log that does not begin at 0 begins where a snapshot ends.
struct SnapshotAtLogStart {
    func check(_ id: Int32, _ replica: RaftReplica) throws {
        let log = replica.log
        guard log.startOffset == 0 || log.snapshots.first?.id.offset == log.startOffset else {
            throw Violation(
                name: "SnapshotAtLogStart",
                detail: "\(id) begins at \(log.startOffset), first snapshot \(String(describing: log.snapshots.first))")
        }
    }
}

/// A leader's state machine is never set back to a snapshot.
struct LeaderNeverLoadsSnapshot {
    func check(_ id: Int32, _ replica: RaftReplica) throws {
        guard replica.role.kind != .leader || replica.voters.isOnly(replica.local) else {
            throw Violation(name: "LeaderNeverLoadsSnapshot", detail: "\(id)")
        }
    }
}

/// What the core believes of the log is what lies on disk.
struct ShapeIsOfLog {
    func check(_ node: Node, _ replica: RaftReplica) throws {
        let log = node.disk.log
        let shape = replica.log
        guard shape.startOffset == log.start, shape.endOffset == log.end,
            log.entries.last.map({ $0.epoch == shape.lastEpoch }) ?? true,
            replica.flushes.durableEndOffset <= shape.endOffset, replica.persisted == node.disk.electionState,
            shape.snapshots.map(\.id) == node.disk.snapshots.map(\.id)
        else {
            throw Violation(name: "ShapeIsOfLog", detail: "\(node.key.id): \(shape) is not \(log.start)..<\(log.end)")
        }
    }
}
