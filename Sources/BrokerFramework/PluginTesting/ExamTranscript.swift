internal import Synchronization

/// What exams have looked at: each promise once, in the order in which plug-ins were first held to it.
///
/// An exam tells what is broken; whoever wants to show what was kept, too, has it sat inside `recording(_:)`.
public final class ExamTranscript: Sendable {
    @TaskLocal static var current: ExamTranscript?

    private let noted = Mutex<[String]>([])

    public init() {}

    /// The promises so far, as sentences.
    public var promises: [String] { noted.withLock { $0 } }

    /// Runs `body`, and takes note of what the exams in it look at.
    public func recording<Answer>(_ body: () throws -> Answer) rethrows -> Answer {
        try Self.$current.withValue(self, operation: body)
    }

    func note(_ promise: String) {
        noted.withLock { if !$0.contains(promise) { $0.append(promise) } }
    }
}
