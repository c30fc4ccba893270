/// The fetch sessions of a broker: at most so many, the least useful making room for more useful ones.
///
/// `Session` is what the owner keeps for each; the cache decides only who stays.
package struct FetchSessionCache<Session: Sendable>: Sendable {
    private struct Entry: Sendable {
        var session: Session
        var size: Int
        /// A follower's session is never driven out by a consumer's.
        var isPrivileged: Bool
        var lastUsed: Int64
        var created: Int64
    }

    /// A session that was idle for this long makes room for any other.
    package static var evictableAfterMilliseconds: Int64 { 120_000 }

    private let slots: Int
    private var entries: [Int32: Entry] = [:]

    package init(slots: Int) { self.slots = slots }

    package var count: Int { entries.count }

    /// The session of that id; notes that it is in use.
    package mutating func use(_ id: Int32, size: Int? = nil, now: Int64) -> Session? {
        guard entries[id] != nil else { return nil }
        entries[id]?.lastUsed = now
        if let size { entries[id]?.size = size }
        return entries[id]?.session
    }

    /// The session of that id, without noting that it is in use.
    package subscript(id: Int32) -> Session? { entries[id]?.session }

    package mutating func remove(_ id: Int32) { entries[id] = nil }

    /// Takes in a new session if there is room or a less useful one that can go; answers its id, 0 if not taken in.
    ///
    /// - Parameter now: monotonic milliseconds.
    package mutating func admit(
        size: Int, isPrivileged: Bool, now: Int64, generator: inout some RandomNumberGenerator,
        make: (Int32) -> Session
    ) -> Int32 {
        guard size > 0, slots > 0 else { return 0 }
        if entries.count >= slots {
            guard let victim = victim(size: size, isPrivileged: isPrivileged, now: now) else { return 0 }
            entries[victim] = nil
        }
        var id: Int32 = 0
        while id == 0 || entries[id] != nil { id = Int32(truncatingIfNeeded: generator.next() & 0x7FFF_FFFF) }
        entries[id] = Entry(session: make(id), size: size, isPrivileged: isPrivileged, lastUsed: now, created: now)
        return id
    }

    /// The idlest session that has been idle for long, else the smallest one that counts for less than the new one
    /// and had its time.
    private func victim(size: Int, isPrivileged: Bool, now: Int64) -> Int32? {
        let idle = entries.min { ($0.value.lastUsed, $0.key) < ($1.value.lastUsed, $1.key) }
        if let idle, now - idle.value.lastUsed > Self.evictableAfterMilliseconds { return idle.key }
        let evictable = entries.filter { _, entry in
            if isPrivileged != entry.isPrivileged { return isPrivileged }
            return size > entry.size && now - entry.created > Self.evictableAfterMilliseconds
        }
        let least = evictable.min { left, right in
            (left.value.isPrivileged ? 1 : 0, left.value.size, left.key)
                < (right.value.isPrivileged ? 1 : 0, right.value.size, right.key)
        }
        return least?.key
    }
}
