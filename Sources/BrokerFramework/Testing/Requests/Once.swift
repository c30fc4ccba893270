internal import Synchronization

/// Work that is done the first time it is called.
final class Once: Sendable {
    private let work: Mutex<(@Sendable () -> Void)?>

    init(_ work: @escaping @Sendable () -> Void) { self.work = Mutex(work) }

    func callAsFunction() {
        let work = work.withLock { work in
            defer { work = nil }
            return work
        }
        work?()
    }
}
