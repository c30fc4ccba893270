/// Puts the answers of a connection into the order of its requests.
///
/// Requests are numbered from 0; an answer is held back until all before it have been given out.
struct ReplyQueue<Outcome> {
    /// A request and, once it is there, its answer.
    private struct Entry {
        var byteCount: Int
        var outcome: Outcome?
    }

    private var entries: [Entry] = []
    /// Index in `entries` of the oldest request whose answer was not given out.
    private var head = 0
    private var headNumber: UInt64 = 0

    /// How many requests have no answer given out.
    var count: Int { entries.count - head }

    /// The bytes of the requests that have no answer given out.
    var byteCount: Int { entries[head...].reduce(0) { $0 + $1.byteCount } }

    /// Takes in a request of that many bytes; answers its number.
    mutating func open(byteCount: Int) -> UInt64 {
        entries.append(Entry(byteCount: byteCount, outcome: nil))
        return headNumber + UInt64(count) - 1
    }

    /// Notes the answer to a request. False if it was answered before.
    mutating func complete(_ number: UInt64, with outcome: Outcome) -> Bool {
        guard number >= headNumber, number - headNumber < UInt64(count) else { return false }
        let index = head + Int(number - headNumber)
        guard entries[index].outcome == nil else { return false }
        entries[index].outcome = outcome
        return true
    }

    /// The next answer whose turn it is, if it is there, and the size of its request.
    mutating func next() -> (outcome: Outcome, byteCount: Int)? {
        guard head < entries.count, let outcome = entries[head].outcome else { return nil }
        let byteCount = entries[head].byteCount
        entries[head].outcome = nil
        head += 1
        headNumber += 1
        if head == entries.count {
            entries.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64, head * 2 >= entries.count {
            entries.removeFirst(head)
            head = 0
        }
        return (outcome, byteCount)
    }
}
