/// What keeps a consumer from reading though it tries, and for how long.
public struct ConsumerTrouble: Sendable {
    /// Since the first of the tries that failed began.
    public var durationMilliseconds: Int64
    /// What the last one failed with.
    public var error: ClientError
}

/// Tries in a row that failed.
struct FailedTries: Sendable {
    /// When the first one began, on the monotonic clock.
    var since: Int64
    var error: ClientError
    var count = 1
}

extension FailedTries? {
    /// Takes in one more.
    mutating func add(_ error: ClientError, begun time: Int64) {
        guard let tries = self else {
            self = FailedTries(since: time, error: error)
            return
        }
        self = FailedTries(since: tries.since, error: error, count: tries.count + 1)
    }
}

extension Consumer {
    /// Set while the consumer tries in vain to reach the leader of some partition, or its group's coordinator: the one
    /// that lasts longest. It goes on trying; polls give nothing meanwhile, and throw only what does not pass.
    public var trouble: ConsumerTrouble? {
        let tries = partitions.values.compactMap(\.failures) + [group?.failures].compactMap { $0 }
        return tries.min { $0.since < $1.since }.map {
            ConsumerTrouble(durationMilliseconds: max(now, $0.since) - $0.since, error: $0.error)
        }
    }

    /// Notes whether the coordinator was reached.
    func noteReach(_ event: GroupMember.Event) {
        switch event {
        case .coordinatorLookupFailed(let error), .joined(_, .failure(let error)), .synced(_, .failure(let error)),
            .heartbeatAnswered(_, .failure(let error)):
            group?.failures.add(error, begun: now)
        case .joined, .synced, .heartbeatAnswered: group?.failures = nil
        default: break
        }
    }
}
