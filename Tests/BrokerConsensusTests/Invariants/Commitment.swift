@testable import BrokerConsensus

/// A replica's high watermark never goes back while it runs, and is never beyond its log.
struct MonotonicHighWatermark {
    private var seen: [Int32: Int64] = [:]

    mutating func restarted(_ id: Int32) { seen[id] = nil }

    mutating func check(_ id: Int32, _ replica: RaftReplica) throws {
        let now = replica.highWatermark
        guard now >= seen[id] ?? 0, now <= replica.log.endOffset else {
            throw Violation(
                name: "MonotonicHighWatermark",
                detail: "\(id): \(seen[id] ?? 0), then \(now) of \(replica.log.endOffset)")
        }
        seen[id] = now
    }
}

/// Whatever was ever committed is durable with a majority of the voters, at every moment, crashed or not.
struct MajorityReachedHighWatermark {
    let voters: VoterSet

    func check(_ cluster: Cluster, _ committed: ConsistentCommittedData) throws {
        let end = committed.endOffset
        guard end > 0, let last = committed.entry(at: end - 1) else { return }
        var holders = 0
        for id in voters.ids {
            let log = cluster[id].disk.durableLog
            if log.start >= end || log[end - 1] == last { holders += 1 }
        }
        guard holders >= voters.majority else {
            throw Violation(name: "MajorityReachedHighWatermark", detail: "\(holders) voters have \(end - 1) durably")
        }
    }
}

/// A leader commits records of older epochs only together with one of its own (Raft §5.4.2, Figure 8), and may decide only
/// once that is applied.
struct LeaderCommitsItsOwnEpoch {
    func check(_ node: Node, _ replica: RaftReplica, advancesTo offset: Int64) throws {
        guard case .leader(let leader) = replica.role else { return }
        guard offset > leader.epochStartOffset, node.disk.log[offset - 1]?.epoch == leader.epoch else {
            throw Violation(
                name: "LeaderCommitsItsOwnEpoch",
                detail:
                    "\(node.key.id) commits ..<\(offset) in epoch \(leader.epoch), begun at \(leader.epochStartOffset)")
        }
    }

    func check(_ node: Node, establishedAt startOffset: Int64) throws {
        guard node.appliedOffset > startOffset else {
            throw Violation(name: "LeaderCommitsItsOwnEpoch", detail: "\(node.key.id) decides before \(startOffset)")
        }
    }
}

/// A voter tells in a fetch only what is durable with it.
struct AcknowledgesOnlyDurable {
    func check(_ node: Node, _ request: FetchRequest) throws {
        guard request.fetchOffset > 0 else { return }
        let log = node.disk.log
        let durable = node.disk.durableLog
        let isDurable =
            durable.end >= request.fetchOffset
            && (log.start >= request.fetchOffset || durable[request.fetchOffset - 1] == log[request.fetchOffset - 1])
        guard isDurable else {
            throw Violation(
                name: "AcknowledgesOnlyDurable",
                detail: "\(node.key.id) fetches at \(request.fetchOffset), durable is \(durable.end)")
        }
    }
}

/// Records with the same offset and epoch are the same, and so are all before them (Raft, Log Matching).
struct LogMatching {
    private struct Place: Hashable {
        let offset: Int64
        let epoch: Int32
    }
    private var seen: [Place: (value: Int64, before: Int32)] = [:]

    mutating func appended(_ entry: Entry, at offset: Int64, after before: Int32) throws {
        let place = Place(offset: offset, epoch: entry.epoch)
        let known = seen[place] ?? (entry.value, before)
        guard known == (entry.value, before) else {
            throw Violation(name: "LogMatching", detail: "two records at \(offset) of epoch \(entry.epoch)")
        }
        seen[place] = known
    }
}

/// All replicas apply the same records in the same order, and come by snapshots to the same state (Raft, State Machine Safety).
struct ConsistentCommittedData {
    private var entries: [Entry] = []
    private var digests: [UInt64] = [0]

    var endOffset: Int64 { Int64(entries.count) }

    func entry(at offset: Int64) -> Entry? {
        offset >= 0 && offset < endOffset ? entries[Int(offset)] : nil
    }

    mutating func applied(_ id: Int32, _ entry: Entry, at offset: Int64, digest: UInt64) throws {
        if offset == endOffset {
            entries.append(entry)
            digests.append(digest)
        }
        guard offset < endOffset, entries[Int(offset)] == entry, digests[Int(offset) + 1] == digest else {
            throw Violation(name: "ConsistentCommittedData", detail: "\(id) applies another record at \(offset)")
        }
    }
}

/// A leader has everything that was committed before its epoch (Raft, Leader Completeness).
struct LeaderCompleteness {
    private var checked: [Int32: Int32] = [:]

    mutating func check(_ node: Node, _ replica: RaftReplica, _ committed: ConsistentCommittedData) throws {
        guard replica.role.kind == .leader, checked[node.key.id] != replica.epoch else { return }
        checked[node.key.id] = replica.epoch
        var offset = node.disk.log.start
        while offset < committed.endOffset {
            guard node.disk.log[offset] == committed.entry(at: offset) else {
                throw Violation(
                    name: "LeaderCompleteness", detail: "\(node.key.id) leads \(replica.epoch) without \(offset)")
            }
            offset += 1
        }
    }
}
