package import BrokerController
internal import BrokerPrimitives
internal import Synchronization

/// What one request may change in the metadata (KIP-599).
///
/// A client that knows the error is refused what is over its quota; an older one is served and made to wait.
package final class MutationQuota: Sendable {
    private let isStrict: Bool
    private let take: @Sendable (Int) -> Int64
    private let wait = Atomic<Int64>(0)

    /// - Parameter take: counts changes; answers for how many milliseconds the client must wait, in which case a strict
    ///   quota has not counted them.
    init(isStrict: Bool, take: @escaping @Sendable (Int) -> Int64) {
        self.isStrict = isStrict
        self.take = take
    }

    /// For how many milliseconds the client must wait.
    package var throttleMilliseconds: Int64 { wait.load(ordering: .relaxed) }

    /// Counts partitions that are created or deleted; answers the error for what they belong to.
    package func charge(_ partitionCount: Int) -> ControllerError? {
        let milliseconds = take(partitionCount)
        wait.store(max(milliseconds, throttleMilliseconds), ordering: .relaxed)
        guard isStrict, milliseconds > 0 else { return nil }
        return ControllerError(
            .throttlingQuotaExceeded,
            "The throttling quota has been exceeded; try again in \(milliseconds) ms.")
    }
}
