/// How to undo what has been done so far, should something later fail.
struct UndoList {
    private var steps: [@Sendable () async -> Void] = []

    mutating func add(_ step: @escaping @Sendable () async -> Void) { steps.append(step) }

    /// Undoes everything, the latest first.
    mutating func run() async {
        while let step = steps.popLast() { await step() }
    }
}
