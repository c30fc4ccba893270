#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The process that started this one.
///
/// The kernel could send a signal at its end, but sends it when the thread that started us ends, which for a program
/// with a pool of threads may be long before.
struct ParentProcess: Sendable {
    private let id = getppid()

    /// Returns soon after it has ended, or when the task is cancelled.
    func ends() async {
        while getppid() == id {
            do { try await Task.sleep(for: .milliseconds(200)) } catch { return }
        }
    }
}
