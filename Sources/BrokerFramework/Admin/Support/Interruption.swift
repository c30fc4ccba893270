internal import ArgumentParser
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The signal that came; 0 if none. Outside of the type, so that a C function can reach it.
private let received = Atomic<Int32>(0)

/// Control-C and SIGTERM for commands that have something to finish first: they look now and then whether to end.
/// A second signal ends the process at once.
enum Interruption {
    /// How often a command that waits should look, in milliseconds.
    static let lookMilliseconds: Int64 = 200

    static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

    static func listen() {
        // Globals are made when they are first touched, and a handler must not make one.
        received.store(0, ordering: .relaxed)
        var action = sigaction()
        // The handler does one atomic store, which is all that is safe there.
        #if canImport(Glibc) || canImport(Musl)
            action.__sigaction_handler.sa_handler = { received.store($0, ordering: .relaxed) }
        #else
            action.__sigaction_u.__sa_handler = { received.store($0, ordering: .relaxed) }
        #endif
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
        sigaction(SIGINT, &action, nil)
        sigaction(SIGTERM, &action, nil)
    }

    /// Ends the command with the exit code a shell gives a process that a signal ended, if one came.
    static func check() throws {
        let number = received.load(ordering: .relaxed)
        if number != 0 { throw ExitCode(128 + number) }
    }
}
