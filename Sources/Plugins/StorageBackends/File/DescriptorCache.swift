internal import BrokerPluginAPI
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Keeps the number of open descriptors within a limit.
///
/// Each file handle owns a slot; a slot holds a descriptor while the file is open. When there are too many, those not
/// used since the hand of a clock last passed them are given up (a descriptor that someone still leases is closed
/// when the lease ends). Using an open file takes no shared lock.
final class DescriptorCache: Sendable {
    final class Slot: Sendable {
        let held = Mutex<StorageDescriptor?>(nil)
        let wasUsed = Atomic<Bool>(false)
        /// Where the slot stands in the clock, −1 if nowhere. Guarded by the cache's lock.
        fileprivate nonisolated(unsafe) var place = -1
    }

    private struct Clock {
        var slots: [Slot] = []
        var hand = 0
    }

    let limit: Int
    private let clock = Mutex(Clock())

    init(limit: Int) { self.limit = max(limit, 1) }

    /// Half of what the process may open, as sockets need some too.
    static var standardLimit: Int {
        var limit = rlimit()
        #if canImport(Glibc)
            let failed = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0
        #else
            let failed = getrlimit(RLIMIT_NOFILE, &limit) != 0
        #endif
        if failed { return 512 }
        return Int(min(limit.rlim_cur / 2, 100_000))
    }

    /// The number of slots that hold a descriptor.
    var count: Int { clock.withLock { $0.slots.count } }

    /// Notes that `slot` holds a descriptor now, and makes others give theirs up if there are too many.
    func opened(_ slot: Slot) {
        let evicted: [StorageDescriptor] = clock.withLock { clock in
            if slot.place < 0 {
                slot.place = clock.slots.count
                clock.slots.append(slot)
            }
            return evict(downTo: limit, sparing: slot, in: &clock)
        }
        // Closing happens here, outside the lock.
        _ = evicted
    }

    /// Gives up a quarter of the descriptors, for when the system has none left.
    func shrink() {
        let evicted: [StorageDescriptor] = clock.withLock { clock in
            evict(downTo: clock.slots.count * 3 / 4, sparing: nil, in: &clock)
        }
        _ = evicted
    }

    /// Takes `slot`'s descriptor away.
    func forget(_ slot: Slot) {
        clock.withLock { Self.remove(slot, from: &$0) }
        let descriptor = slot.held.withLock { $0.take() }
        _ = descriptor
    }

    private func evict(downTo target: Int, sparing spared: Slot?, in clock: inout Clock) -> [StorageDescriptor] {
        var evicted: [StorageDescriptor] = []
        var steps = clock.slots.count * 2
        while clock.slots.count > target && steps > 0 {
            steps -= 1
            if clock.hand >= clock.slots.count { clock.hand = 0 }
            let slot = clock.slots[clock.hand]
            if slot === spared || slot.wasUsed.exchange(false, ordering: .relaxed) {
                clock.hand += 1
                continue
            }
            Self.remove(slot, from: &clock)
            if let descriptor = slot.held.withLock({ $0.take() }) { evicted.append(descriptor) }
        }
        return evicted
    }

    private static func remove(_ slot: Slot, from clock: inout Clock) {
        guard slot.place >= 0 else { return }
        let last = clock.slots.removeLast()
        if last !== slot {
            clock.slots[slot.place] = last
            last.place = slot.place
        }
        slot.place = -1
    }
}
