internal import BrokerModel
public import BrokerPluginAPI

/// Deletes whole segments that are too old, or that are more than a partition may hold.
///
/// A segment is too old when its newest record is, so nothing younger than `retention.ms` is ever deleted; and deleting
/// one never leaves fewer than `retention.bytes`. Both as Kafka does.
public struct DeletePolicy: CleanupPolicy, Plugin {
    public static let name = "delete"
    public static let summary = "Deletes segments that are older than retention.ms, or beyond retention.bytes."

    public struct Configuration: PluginConfiguration {
        /// −1 for no limit.
        public var retentionMilliseconds: Int64 = 604_800_000
        /// −1 for no limit.
        public var retentionBytes: Int64 = -1

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey(shared: "retention.ms", \.retentionMilliseconds)
            ConfigKey(shared: "retention.bytes", \.retentionBytes)
        }
    }

    private let configuration: Configuration

    public init(_ configuration: Configuration) { self.configuration = configuration }

    public func plan(for log: CleanupLog) -> CleanupPlan {
        if let active = log.active, isExpired(active, now: log.now) { return CleanupPlan(sealsActive: true) }
        return CleanupPlan(deleteBelow: deletable(log))
    }

    private func isExpired(_ segment: CleanupSegment, now: Timestamp) -> Bool {
        let retention = configuration.retentionMilliseconds
        guard retention >= 0, segment.largestTimestamp >= 0 else { return false }
        let (age, overflow) = now.subtractingReportingOverflow(segment.largestTimestamp)
        return !overflow && age > retention
    }

    private func deletable(_ log: CleanupLog) -> Offset? {
        var below: Offset?
        var excess = configuration.retentionBytes < 0 ? 0 : max(0, log.byteCount - configuration.retentionBytes)
        // A segment that another policy has emptied has no age and no size: it goes with the one behind it.
        for segment in log.segments where segment.byteCount > 0 {
            if isExpired(segment, now: log.now) {
                excess -= segment.byteCount
            } else if excess >= segment.byteCount {
                excess -= segment.byteCount
            } else {
                break
            }
            below = segment.nextOffset
        }
        return below
    }
}
