import BrokerWorld
import NIOCore
import Synchronization

/// Asks a thread now and then whether it still runs.
final class ThreadPulse: Sendable {
    private let name: String
    private let eventLoop: any EventLoop
    private let limitMilliseconds: Int64
    private let world: World
    /// When the question was put that has no answer yet.
    private let askedAt = Mutex<Int64?>(nil)

    /// - Parameter limitMilliseconds: how long the thread may be silent.
    init(_ name: String, _ eventLoop: any EventLoop, limitMilliseconds: Int64, world: World) {
        self.name = name
        self.eventLoop = eventLoop
        self.limitMilliseconds = limitMilliseconds
        self.world = world
    }

    /// Puts the question, unless one is open.
    func ask() {
        let now = world.monotonicMilliseconds
        let isOpen = askedAt.withLock { askedAt in
            defer { if askedAt == nil { askedAt = now } }
            return askedAt != nil
        }
        if !isOpen { eventLoop.execute { [self] in askedAt.withLock { $0 = nil } } }
    }

    /// How the thread stands.
    var pulse: HealthReport.Pulse {
        let askedAt = askedAt.withLock { $0 }
        return HealthReport.Pulse(
            name, silentMilliseconds: askedAt.map { world.monotonicMilliseconds - $0 },
            limitMilliseconds: limitMilliseconds)
    }
}
