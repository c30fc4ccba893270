@testable import BrokerConsensus

/// A scenario file: blocks of commands, each followed by `----` and by everything that happened.
struct Script {
    struct Block {
        /// Remarks and commands, as they stand in the file.
        var lines: [String] = []
        var told: [String] = []
    }

    var blocks: [Block]

    init(_ text: String) {
        blocks = []
        var block = Block()
        var isTold = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.isEmpty {
                if !block.lines.isEmpty { blocks.append(block) }
                block = Block()
                isTold = false
            } else if line == "----" {
                isTold = true
            } else if isTold {
                block.told.append(line)
            } else {
                block.lines.append(line)
            }
        }
        if !block.lines.isEmpty { blocks.append(block) }
    }

    var text: String {
        blocks.map { block in
            let isOnlyRemarks = block.lines.allSatisfy { $0.hasPrefix("#") }
            return (block.lines + (isOnlyRemarks ? [] : ["----"]) + block.told).joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }
}

/// Plays the commands of a script.
///
/// | command | |
/// |--|--|
/// | `cluster 3 observers=1 seed=7` | nodes 1…3 with a vote, 4 without; none runs yet. Options are also the fields of the configuration below |
/// | `start`, `start 2` | starts all, or one (again) |
/// | `elapse 1500ms`, `elapse 2s` | lets time pass; a message takes 5 ms |
/// | `propose 1 3` | asks node 1 to append a batch of 3 records |
/// | `crash 1`, `stop 1`, `resign 1` | kills it, asks it to end, asks it to give up leading |
/// | `drop 1->2`, `isolate 1`, `heal` | breaks one way, all ways of a node; mends all |
/// | `snapshot 1`, `trim 1` | lets it write a snapshot of what it applied; drop the log before the newest one |
/// | `slowdisk 300ms` | from now on a flush takes that long |
/// | `tell fetches`, `tell news` | also tells of ordinary fetches, or not (as at first) |
/// | `quietly` | tells nothing of this block |
/// | `status` | one line for each node |
struct Player {
    private var cluster: Cluster?
    private var narrator: Narrator?
    private var proposals: UInt64 = 0

    struct Misread: Error { let line: String }

    mutating func play(_ block: Script.Block) throws -> [String] {
        for line in block.lines where !line.hasPrefix("#") && line != "quietly" {
            let words = line.split(separator: " ").map(String.init)
            guard let verb = words.first else { throw Misread(line: line) }
            if verb == "cluster" {
                try makeCluster(Array(words.dropFirst()), line)
            } else {
                guard let cluster else { throw Misread(line: line) }
                try obey(verb, Array(words.dropFirst()), cluster, line)
            }
        }
        let told = narrator?.take() ?? []
        return block.lines.contains("quietly") ? [] : told
    }

    private mutating func makeCluster(_ words: [String], _ line: String) throws {
        guard let voters = words.first.flatMap({ Int($0) }) else { throw Misread(line: line) }
        var observers = 0
        var seed: UInt64 = 1
        var configuration = RaftConfiguration()
        for word in words.dropFirst() {
            let parts = word.split(separator: "=")
            guard parts.count == 2, let value = Int32(parts[1]), value >= 0 else { throw Misread(line: line) }
            switch parts[0] {
            case "observers": observers = Int(value)
            case "seed": seed = UInt64(value)
            case "fetchMaxBytes": configuration.fetchMaxBytes = value
            case "fetchSnapshotMaxBytes": configuration.fetchSnapshotMaxBytes = value
            case "maxUncommittedRecords": configuration.maxUncommittedRecords = Int64(value)
            default: throw Misread(line: line)
            }
        }
        let cluster = Cluster(
            voters: voters, observers: observers, seed: seed, configuration: configuration, faults: Faults())
        let narrator = Narrator { [unowned cluster] in cluster.time }
        cluster.narrator = narrator
        self.cluster = cluster
        self.narrator = narrator
    }

    private mutating func obey(_ verb: String, _ words: [String], _ cluster: Cluster, _ line: String) throws {
        let id = words.first.flatMap { Int32($0) }
        switch verb {
        case "start" where words.isEmpty: for id in cluster.ids { try cluster.start(id) }
        case "elapse": try cluster.run(until: cluster.time + Self.milliseconds(words.first, line))
        case "slowdisk": cluster.faults.flushMilliseconds = try Self.milliseconds(words.first, line)
        case "heal": cluster.blocked = []
        case "tell": narrator?.tellsFetches = words.first == "fetches"
        case "status": for id in cluster.ids { narrator?.say(id, Self.status(of: cluster[id])) }
        case "drop":
            let ends = (words.first ?? "").replacing("->", with: " ").split(separator: " ").compactMap { Int32($0) }
            guard ends.count == 2 else { throw Misread(line: line) }
            cluster.blocked.insert(Link(from: ends[0], to: ends[1]))
        default:
            guard let id, cluster.ids.contains(id) else { throw Misread(line: line) }
            try obey(verb, id, words.dropFirst().first.flatMap { Int32($0) }, cluster, line)
        }
    }

    private mutating func obey(_ verb: String, _ id: Int32, _ count: Int32?, _ cluster: Cluster, _ line: String) throws
    {
        switch verb {
        case "start": try cluster.start(id)
        case "crash": cluster.crash(id)
        case "stop": try cluster.step(id, .shutdownRequested(timeoutMilliseconds: 5000))
        case "resign":
            try cluster.step(id, .resignationRequested(epoch: cluster[id].replica?.epoch ?? 0))
        case "propose":
            proposals += 1
            try cluster.step(
                id,
                .proposed(
                    ProposalToken(value: proposals), epoch: cluster[id].replica?.epoch ?? 0, recordCounts: [count ?? 1])
            )
        case "isolate":
            for other in cluster.ids where other != id {
                cluster.blocked.insert(Link(from: id, to: other))
                cluster.blocked.insert(Link(from: other, to: id))
            }
        case "snapshot": try cluster.takeSnapshot(id)
        case "trim": try cluster.dropPrefix(id, snapshot: cluster[id].disk.snapshots.count - 1)
        default: throw Misread(line: line)
        }
    }

    private static func milliseconds(_ word: String?, _ line: String) throws -> Int64 {
        guard let word else { throw Misread(line: line) }
        if word.hasSuffix("ms"), let value = Int64(word.dropLast(2)) { return value }
        if word.hasSuffix("s"), let value = Int64(word.dropLast()) { return value * 1000 }
        throw Misread(line: line)
    }

    private static func status(of node: Node) -> String {
        guard let replica = node.replica else { return "down, log \(node.disk.log.start)..<\(node.disk.log.end)" }
        let log = replica.log
        let vote = replica.persisted?.votedFor.map { ", voted for \($0.id)" } ?? ""
        return "\(replica.role.kind) in epoch \(replica.epoch)\(vote), log \(log.startOffset)..<\(log.endOffset), "
            + "committed ..<\(replica.highWatermark), applied ..<\(node.appliedOffset)"
    }
}
