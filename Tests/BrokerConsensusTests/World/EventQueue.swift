/// What is to happen, by time; of the same time, first in, first out.
struct EventQueue<Element> {
    private struct Slot {
        let time: Int64
        let number: UInt64
        let element: Element

        func isBefore(_ other: Slot) -> Bool { (time, number) < (other.time, other.number) }
    }

    private var heap: [Slot] = []
    private var count: UInt64 = 0

    var nextTime: Int64? { heap.first?.time }

    mutating func push(_ element: Element, at time: Int64) {
        count += 1
        heap.append(Slot(time: time, number: count, element: element))
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> (time: Int64, element: Element)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.time, first.element) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[least])
            {
                least = child
            }
            if least == parent { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return (first.time, first.element)
    }
}
