/// Timers by their key: at most one for each.
///
/// Putting a timer off, which is what heartbeats do, costs a look-up: its place in the heap is mended only when the old
/// time has come. So `nextDeadline` may be early, and `popDue` then finds nothing.
package struct TimerQueue<Key: Hashable & Sendable>: Sendable {
    private struct Entry: Sendable {
        var time: Int64
        var key: Key
    }

    private struct Armed: Sendable {
        var deadline: Int64
        /// The time of the key's earliest entry in the heap.
        var entry: Int64
    }

    private var heap: [Entry] = []
    private var armed: [Key: Armed] = [:]

    package init() {}

    package var count: Int { armed.count }

    /// When to look at the timers again; nil if there are none.
    package var nextDeadline: Int64? { heap.first?.time }

    /// Sets the timer, in place of what it was set to before.
    package mutating func set(_ key: Key, at deadline: Int64) {
        if let current = armed[key], current.entry <= deadline {
            armed[key]?.deadline = deadline
        } else {
            armed[key] = Armed(deadline: deadline, entry: deadline)
            push(Entry(time: deadline, key: key))
        }
    }

    package mutating func cancel(_ key: Key) {
        armed[key] = nil
        if armed.isEmpty { heap = [] }
    }

    /// The next timer that is due, which is then no longer set.
    package mutating func popDue(_ now: Int64) -> Key? {
        while let first = heap.first, first.time <= now {
            _ = pop()
            // A second entry of the key, left behind by an earlier setting, is passed over.
            guard let timer = armed[first.key], timer.entry == first.time else { continue }
            if timer.deadline <= now {
                cancel(first.key)
                return first.key
            }
            armed[first.key]?.entry = timer.deadline
            push(Entry(time: timer.deadline, key: first.key))
        }
        return nil
    }

    // MARK: The heap

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].time < heap[parent].time else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func pop() -> Entry? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { break }
            let right = left + 1
            let child = right < heap.count && heap[right].time < heap[left].time ? right : left
            guard heap[child].time < heap[parent].time else { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return first
    }
}
