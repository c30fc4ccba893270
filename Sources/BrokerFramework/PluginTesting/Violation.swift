/// A promise of a plug-in's kind that a plug-in breaks, and how that was seen.
///
/// An exam returns all that it finds, so that it needs no test framework; one line in a test is enough:
///
/// ```swift
/// @Test func `conforms`() { #expect(PartitionerExam { VIPRouter(.init()) }.violations == []) }
/// ```
public struct Violation: Hashable, Sendable, CustomStringConvertible {
    /// The promise, as a sentence.
    public var promise: String
    /// What happened instead.
    public var observation: String

    public init(_ promise: String, _ observation: String) {
        self.promise = promise
        self.observation = observation
    }

    public var description: String { "\(promise): \(observation)" }
}

/// Gathers violations, each promise once: the first way in which it is broken says enough.
struct Findings {
    private(set) var violations: [Violation] = []

    mutating func expect(_ promise: String, _ holds: Bool, _ observation: @autoclosure () -> String) {
        ExamTranscript.current?.note(promise)
        guard !holds, !violations.contains(where: { $0.promise == promise }) else { return }
        violations.append(Violation(promise, observation()))
    }
}

/// Numbers by chance that are the same in each run.
struct SeededChance: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
