internal import Synchronization

/// How far a broker has come with starting. Told by the assembly, read by whoever asks.
package final class StartProgress: Sendable {
    package enum Phase: Int, Sendable, Comparable {
        /// Opening the log directory and the metadata log.
        case opening
        /// Reading what an unclean stop left, partition by partition.
        case recovering
        /// Opening the listeners and registering with the controller.
        case joining
        case started
        case stopping

        package static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    /// The state at one moment.
    package struct Snapshot: Hashable, Sendable {
        package var phase = Phase.opening
        /// The partitions whose logs are to be recovered; 0 after a clean stop.
        package var partitionCount = 0
        package var recoveredCount = 0
        /// The bytes in the logs that were recovered.
        package var recoveredByteCount: Int64 = 0

        package init() {}
    }

    private let state = Mutex(Snapshot())

    package init() {}

    package var snapshot: Snapshot { state.withLock { $0 } }

    func enter(_ phase: Phase) { state.withLock { $0.phase = phase } }

    func recovering(_ partitionCount: Int) {
        state.withLock { state in
            state.phase = .recovering
            state.partitionCount += partitionCount
        }
    }

    func recovered(byteCount: Int64) {
        state.withLock { state in
            state.recoveredCount += 1
            state.recoveredByteCount += byteCount
        }
    }
}
