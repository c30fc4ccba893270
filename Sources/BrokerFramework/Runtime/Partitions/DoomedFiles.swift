import BrokerWorld
import Synchronization

/// What was deleted and stays on the disk for a while, for readers that still use it.
///
/// Safe on any thread.
final class DoomedFiles: Sendable {
    private struct Doomed: Sendable {
        var due: Int64
        var remove: @Sendable () throws -> Void
    }

    private let world: World
    private let all = Mutex<[Doomed]>([])

    init(_ world: World) { self.world = world }

    /// Has something removed by the first ``removeDue(_:)`` after so many milliseconds.
    func add(after milliseconds: Int64, _ remove: @escaping @Sendable () throws -> Void) {
        let due = world.monotonicMilliseconds.addingReportingOverflow(milliseconds)
        all.withLock { $0.append(Doomed(due: due.overflow ? .max : due.partialValue, remove: remove)) }
    }

    /// Removes what is due. May block.
    ///
    /// - Parameter failed: told of what cannot be removed, which is not tried again.
    func removeDue(_ failed: (any Error) -> Void) {
        let now = world.monotonicMilliseconds
        let due = all.withLock { all in
            let due = all.filter { $0.due <= now }
            all.removeAll { $0.due <= now }
            return due
        }
        for doomed in due {
            do { try doomed.remove() } catch { failed(error) }
        }
    }
}
