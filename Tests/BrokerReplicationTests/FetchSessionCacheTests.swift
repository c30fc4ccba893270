import BrokerReplication
import BrokerTestKit
import Testing

struct FetchSessionCacheTests {
    private typealias Cache = FetchSessionCache<Int32>
    private static let period = Cache.evictableAfterMilliseconds
    private var generator = SplitMix(seed: 1)

    private mutating func admit(
        _ cache: inout Cache, size: Int, privileged: Bool = false, now: Int64
    ) -> Int32 {
        cache.admit(size: size, isPrivileged: privileged, now: now, generator: &generator) { $0 }
    }

    @Test mutating func `a session is found by its id until it is removed`() {
        var cache = Cache(slots: 2)
        let id = admit(&cache, size: 1, now: 0)
        #expect(id > 0)
        #expect(cache.use(id, now: 1) == id)
        #expect(cache.use(id &+ 1, now: 1) == nil)
        cache.remove(id)
        #expect(cache.use(id, now: 1) == nil && cache.count == 0)
    }

    @Test mutating func `ids are positive and never in use twice`() {
        var cache = Cache(slots: 500)
        let ids = (0..<500).map { _ in admit(&cache, size: 1, now: 0) }
        #expect(Set(ids).count == 500 && ids.allSatisfy { $0 > 0 })
    }

    @Test mutating func `nothing is admitted without slots or without partitions`() {
        var none = Cache(slots: 0)
        #expect(admit(&none, size: 5, now: 0) == 0)
        var cache = Cache(slots: 1)
        #expect(admit(&cache, size: 0, now: 0) == 0)
        #expect(cache.count == 0)
    }

    @Test mutating func `a full cache of young sessions takes no more`() {
        var cache = Cache(slots: 2)
        let old = [admit(&cache, size: 1, now: 0), admit(&cache, size: 1, now: 0)]
        #expect(admit(&cache, size: 100, now: Self.period) == 0)
        #expect(old.allSatisfy { cache.use($0, now: 0) != nil })
    }

    @Test mutating func `the session that was idle longest makes room first`() {
        var cache = Cache(slots: 2)
        let first = admit(&cache, size: 50, now: 0)
        let second = admit(&cache, size: 1, now: 10)
        let third = admit(&cache, size: 1, now: Self.period + 1)
        #expect(third != 0)
        #expect(cache.use(first, now: Self.period + 1) == nil)
        #expect(cache.use(second, now: Self.period + 1) != nil)
    }

    @Test mutating func `being used keeps a session from being idle`() {
        var cache = Cache(slots: 1)
        let id = admit(&cache, size: 1, now: 0)
        #expect(cache.use(id, now: Self.period) != nil)
        #expect(admit(&cache, size: 1, now: Self.period + 1) == 0, "neither idle nor smaller")
    }

    @Test mutating func `a larger session takes the place of the smallest that had its time`() {
        var cache = Cache(slots: 2)
        let small = admit(&cache, size: 2, now: 0)
        let large = admit(&cache, size: 9, now: 0)
        let now = Self.period + 1
        _ = cache.use(small, now: now)
        _ = cache.use(large, now: now)
        #expect(admit(&cache, size: 2, now: now) == 0, "as large is not larger")
        #expect(admit(&cache, size: 3, now: now) != 0)
        #expect(cache.use(small, now: now) == nil && cache.use(large, now: now) != nil)
    }

    @Test mutating func `a young small session does not protect an older one`() {
        var cache = Cache(slots: 2)
        let old = admit(&cache, size: 3, now: 0)
        let young = admit(&cache, size: 1, now: Self.period)
        let now = Self.period + 1
        _ = cache.use(old, now: now)
        #expect(admit(&cache, size: 4, now: now) != 0)
        #expect(cache.use(old, now: now) == nil && cache.use(young, now: now) != nil)
    }

    @Test mutating func `a follower drives out a consumer at once, never the other way`() {
        var cache = Cache(slots: 1)
        let consumer = admit(&cache, size: 1000, now: 0)
        let follower = admit(&cache, size: 1, privileged: true, now: 0)
        #expect(follower != 0 && cache.use(consumer, now: 0) == nil)
        let now = Self.period + 1
        _ = cache.use(follower, now: now)
        #expect(admit(&cache, size: 1000, now: now) == 0)
        #expect(cache.use(follower, now: now) != nil)
        #expect(admit(&cache, size: 2, privileged: true, now: now) != 0, "but another follower may")
    }

    @Test mutating func `a session's size is what it was last said to be`() {
        var cache = Cache(slots: 1)
        let id = admit(&cache, size: 1, now: 0)
        let now = Self.period + 1
        _ = cache.use(id, size: 10, now: now)
        #expect(admit(&cache, size: 5, now: now) == 0)
        #expect(admit(&cache, size: 11, now: now) != 0)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    mutating func `the slots are kept, and nobody is turned away while a session lies idle`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var cache = Cache(slots: 5)
        var used: [Int32: Int64] = [:]
        var now: Int64 = 0
        for _ in 0..<400 {
            now += Int64(random.number(0...Int(Self.period) / 4))
            if let id = used.keys.sorted().randomElement(using: &random), random.number(0...3) > 0 {
                used[id] = cache.use(id, now: now) == nil ? nil : now
                continue
            }
            let before = cache.count
            let isPrivileged = random.number(0...3) == 0
            let id = admit(&cache, size: random.number(1...50), privileged: isPrivileged, now: now)
            if before < 5 { #expect(id != 0) }
            if id == 0 {
                // Every session that is left was used lately, those that were driven out aside.
                let living = used.filter { cache.use($0.key, now: $0.value) != nil }
                #expect(living.values.allSatisfy { now - $0 <= Self.period })
            } else {
                used[id] = now
            }
            #expect(cache.count <= 5)
        }
    }
}
