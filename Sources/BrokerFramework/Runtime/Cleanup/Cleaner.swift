internal import BrokerCommitLog
internal import BrokerMetadata
internal import BrokerModel
internal import BrokerPluginAPI
internal import BrokerWorld
internal import Logging

/// Carries out what cleanup policies plan. Everything here may block, for long.
struct Cleaner: Sendable {
    let world: World
    let logger: Logger

    /// Does what the policies of a partition's topic want done with its log now, one policy after the other.
    func clean(_ partition: Partition) throws {
        try deleteWhatReadersCannotReach(partition)
        for policy in partition.settings.plugins.cleanupPolicies { try apply(policy, to: partition) }
    }

    /// Segments that lie below the log's start, after DeleteRecords for example, go whatever the policy.
    private func deleteWhatReadersCannotReach(_ partition: Partition) throws {
        let start = partition.log.logStartOffset
        guard try partition.log.segments().contains(where: { !$0.isActive && $0.nextOffset <= start }) else { return }
        try delete(below: start, of: partition)
    }

    private func apply(_ policy: ContainedCleanupPolicy, to partition: Partition) throws {
        var view = try describe(partition, for: policy)
        var plan = policy.plan(for: view)
        if plan.sealsActive, view.active != nil {
            _ = try partition.log.roll(now: view.now)
            view = try describe(partition, for: policy)
            plan = policy.plan(for: view)
        }
        guard let last = view.segments.last else { return }
        if let below = plan.deleteBelow { try delete(below: min(below, last.nextOffset), of: partition) }
        if let range = plan.rewrite { try rewrite(range, of: partition, view, policy) }
    }

    /// Only what is committed, and for records what is decided, is the policy's to clean.
    private func describe(_ partition: Partition, for policy: ContainedCleanupPolicy) throws -> CleanupLog {
        let log = partition.log
        let end =
            policy.looksAtRecords
            ? log.lastStableOffset(highWatermark: partition.highWatermark) : partition.highWatermark
        let segments = try log.segments()
        func view(_ segment: SegmentDescription) -> CleanupSegment {
            CleanupSegment(
                baseOffset: segment.baseOffset, nextOffset: segment.nextOffset, byteCount: segment.size,
                largestTimestamp: segment.largestTimestamp)
        }
        return CleanupLog(
            topic: partition.topic.topic, partition: partition.topic.partition,
            segments: segments.prefix { !$0.isActive && $0.nextOffset <= end }.map(view),
            active: segments.last.flatMap { $0.isActive && $0.size > 0 ? view($0) : nil },
            byteCount: segments.reduce(0) { $0 + $1.size }, logStartOffset: log.logStartOffset,
            firstUncleanedOffset: max(partition.logs.firstUncleanedOffset(of: log.partition), log.logStartOffset),
            now: world.wallMilliseconds())
    }

    private func delete(below offset: Offset, of partition: Partition) throws {
        let files = try partition.log.deleteSegments(below: offset, now: world.wallMilliseconds())
        guard !files.isEmpty else { return }
        logger.info(
            "deleted old segments",
            metadata: ["partition": "\(partition.topic)", "below": "\(offset)", "bytes": "\(files.byteCount)"])
        partition.logs.unlinkLater(files, of: partition.log, config: partition.settings.config)
    }

    private func rewrite(
        _ range: Range<Offset>, of partition: Partition, _ view: CleanupLog, _ policy: ContainedCleanupPolicy
    ) throws {
        let log = partition.log
        let chosen = view.segments.filter { range.lowerBound <= $0.baseOffset && $0.nextOffset <= range.upperBound }
        guard let first = chosen.first, let last = chosen.last, let filter = policy.makeFilter(for: view) else {
            return
        }
        let config = partition.settings.config
        var pass = RewritePass(
            filter, use: policy.use,
            aborted: try log.abortedTransactions(in: first.baseOffset..<last.nextOffset),
            codecs: partition.settings.plugins.codecs,
            level: config.level(of:))
        try log.visitBatches(ofSegments: chosen.map(\.baseOffset)) { pass.observe($0) }
        var (before, after) = (Int64(0), Int64(0))
        for group in Self.groups(of: chosen.filter { $0.baseOffset < pass.end }, largest: Int64(config.segmentBytes)) {
            let files = try log.rewriteSegments(group.map(\.baseOffset), now: view.now) { pass.left(of: $0) }
            guard !files.isEmpty else { return }
            before += files.byteCount
            after += try log.segments().first { $0.baseOffset == group[0].baseOffset }?.size ?? 0
            partition.logs.unlinkLater(files, of: log, config: config)
        }
        partition.logs.cleaned(log.partition, below: max(pass.end, view.firstUncleanedOffset))
        logger.info(
            "compacted a log",
            metadata: [
                "partition": "\(partition.topic)", "below": "\(pass.end)", "bytesBefore": "\(before)",
                "bytesAfter": "\(after)",
            ])
    }

    /// Neighbours that fit one segment together.
    static func groups(of segments: [CleanupSegment], largest: Int64) -> [[CleanupSegment]] {
        var groups: [[CleanupSegment]] = []
        var byteCount: Int64 = 0
        for segment in segments {
            if let base = groups.last?.first?.baseOffset, byteCount + segment.byteCount <= largest,
                segment.nextOffset - base <= Int64(Int32.max)
            {
                groups[groups.count - 1].append(segment)
                byteCount += segment.byteCount
            } else {
                groups.append([segment])
                byteCount = segment.byteCount
            }
        }
        return groups
    }
}
