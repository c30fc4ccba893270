/// What one check of `broker doctor` found, and what to do about it.
struct Finding: Hashable, Sendable {
    enum Verdict: String, Comparable, Sendable {
        case ok
        case warn
        case fail

        static func < (left: Verdict, right: Verdict) -> Bool { left.rank < right.rank }
        private var rank: Int { self == .ok ? 0 : self == .warn ? 1 : 2 }
    }

    /// What was looked at, such as `directory.space`.
    var check: String
    var verdict: Verdict
    /// What is so.
    var summary: String
    /// What to do; nil if nothing.
    var advice: String?

    static func ok(_ check: String, _ summary: String) -> Finding {
        Finding(check: check, verdict: .ok, summary: summary, advice: nil)
    }

    static func warn(_ check: String, _ summary: String, advice: String) -> Finding {
        Finding(check: check, verdict: .warn, summary: summary, advice: advice)
    }

    static func fail(_ check: String, _ summary: String, advice: String) -> Finding {
        Finding(check: check, verdict: .fail, summary: summary, advice: advice)
    }

    var json: JSONValue {
        [
            "check": .string(check), "verdict": .string(verdict.rawValue), "summary": .string(summary),
            "advice": .optional(advice),
        ]
    }
}
