public import BrokerPluginAPI
internal import Synchronization

/// What a library works with besides its input: allocated once, used for one call at a time.
public protocol CodecContext: AnyObject, Sendable {
    /// Whether it is small enough to keep for the next call. Asked after each one.
    var isWorthKeeping: Bool { get }
}

/// Lends contexts of a C library, so that a batch does not pay for making one.
///
/// Each context has one holder at a time. At most `capacity` idle ones are kept; what is beyond that is freed when it
/// is given back. Safe on any thread; the lock covers a pop or a push, never a call to the library.
public final class ContextPool<Context: CodecContext>: Sendable {
    private let idle = Mutex<[Context]>([])
    private let capacity: Int
    private let make: @Sendable () throws(CodecError) -> Context

    /// - Parameter capacity: the most idle contexts to keep; a little more than there are threads is enough.
    public init(capacity: Int = 16, make: @escaping @Sendable () throws(CodecError) -> Context) {
        self.capacity = capacity
        self.make = make
    }

    /// Calls `body` with a context that nobody else has.
    public func withContext<Answer>(
        _ body: (Context) throws(CodecError) -> Answer
    ) throws(CodecError) -> Answer {
        let context = if let kept = idle.withLock({ $0.popLast() }) { kept } else { try make() }
        defer {
            if context.isWorthKeeping {
                idle.withLock { if $0.count < capacity { $0.append(context) } }
            }
        }
        return try body(context)
    }

    /// How many contexts wait to be used.
    public var idleCount: Int { idle.withLock { $0.count } }
}
