internal import CBrokerPluginTrace
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Marks on a thread which plug-in it calls, for the record of a crash.
///
/// `@unchecked`: the pointer's target is never changed or freed; there is one for each plug-in of a broker.
struct PluginTrace: @unchecked Sendable {
    private let name: UnsafePointer<CChar>?

    init(_ name: String) { self.name = strdup(name).map { UnsafePointer($0) } }

    /// The call begins. Answers what is to be handed to ``leave(to:)``.
    func enter() -> UnsafePointer<CChar>? { broker_plugin_enter(name) }

    func leave(to outer: UnsafePointer<CChar>?) { broker_plugin_leave(outer) }

    /// A number that this thread has and no other.
    static var thread: Int { Int(broker_plugin_thread()) }
}
