internal import CBrokerAllocator

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Time and chance, handed in: the only door to the system's clocks and random source.
public struct World: Sendable {
    /// Nanoseconds on a clock that never goes back. Only differences mean anything.
    public var monotonicNanoseconds: @Sendable () -> Int64
    /// Milliseconds since 1970-01-01T00:00Z. May jump.
    public var wallMilliseconds: @Sendable () -> Int64
    /// 64 random bits.
    public var random: @Sendable () -> UInt64

    public init(
        monotonicNanoseconds: @escaping @Sendable () -> Int64, wallMilliseconds: @escaping @Sendable () -> Int64,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.monotonicNanoseconds = monotonicNanoseconds
        self.wallMilliseconds = wallMilliseconds
        self.random = random
    }

    /// The system's clocks and random source.
    public static let system = World(
        monotonicNanoseconds: { nanoseconds(of: CLOCK_MONOTONIC) },
        wallMilliseconds: { nanoseconds(of: CLOCK_REALTIME) / 1_000_000 },
        random: {
            var generator = SystemRandomNumberGenerator()
            return generator.next()
        })

    /// Milliseconds on the monotonic clock.
    public var monotonicMilliseconds: Int64 { monotonicNanoseconds() / 1_000_000 }

    /// A generator on this world's chance.
    public var generator: Generator { Generator(draw: random) }

    /// Draws from a world's chance.
    public struct Generator: RandomNumberGenerator, Sendable {
        let draw: @Sendable () -> UInt64
        public mutating func next() -> UInt64 { draw() }
    }

    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// What the machine has.
public enum Machine {
    /// How many cores this process may use, at least one.
    public static var coreCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// The machine's memory in bytes.
    public static var memoryByteCount: Int {
        max(1 << 28, Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE))))
    }

    /// Gives memory that was freed, and that the allocator keeps for itself, back to the system, if it is much.
    ///
    /// After a burst the GNU allocator may keep hundreds of megabytes for blocks that never come again. May block for
    /// some milliseconds.
    ///
    /// - Parameter onEachThread: carries out what it is given soon, once on each thread that allocates much: what such
    ///   a thread freed last only that thread can give back.
    public static func returnFreedMemory(onEachThread: (@escaping @Sendable () -> Void) -> Void) {
        guard cbroker_return_freed_memory(8 << 20) else { return }
        onEachThread { cbroker_return_freed_memory_of_thread() }
    }
}
