internal import BrokerWorld

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What the machine allows a broker that this user starts.
struct MachineFacts: Hashable, Sendable {
    /// The soft limit.
    var openFileLimit: Int64
    var memoryByteCount: Int64
    /// Of the control group; nil for none.
    var memoryLimitByteCount: Int64?
    var availableMemoryByteCount: Int64?
    /// Milliseconds since 1970.
    var clock: Int64
    /// Who keeps the clock right: `chrony`; nil if nobody was found.
    var clockKeeper: String?

    static func gather() -> MachineFacts {
        MachineFacts(
            openFileLimit: ProcessUsage.current.maximumDescriptorCount,
            memoryByteCount: Int64(Machine.memoryByteCount), memoryLimitByteCount: controlGroupLimit,
            availableMemoryByteCount: availableMemory, clock: World.system.wallMilliseconds(),
            clockKeeper: clockKeeper)
    }

    private static var controlGroupLimit: Int64? {
        for path in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
            guard let text = TextFile.read(path)?.split(whereSeparator: \.isWhitespace).first else { continue }
            // The older kind tells "no limit" by a number near the largest.
            if let limit = Int64(text), limit < 1 << 60 { return limit }
        }
        return nil
    }

    private static var availableMemory: Int64? {
        let line = TextFile.read("/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int64($0) }.map { $0 * 1024 }
    }

    private static var clockKeeper: String? {
        let traces = [
            ("systemd-timesyncd", "/run/systemd/timesync/synchronized"), ("chrony", "/run/chrony/chronyd.pid"),
            ("ntpd", "/run/ntpd.pid"), ("ptp4l", "/run/ptp4l"),
        ]
        return traces.first { access($0.1, F_OK) == 0 }?.0
    }
}

/// Judges the machine.
enum MachineChecks {
    static func findings(_ facts: MachineFacts) -> [Finding] {
        [openFiles(facts), memory(facts)] + clock(facts)
    }

    private static func openFiles(_ facts: MachineFacts) -> Finding {
        let summary =
            facts.openFileLimit == .max
            ? "Any number of files may be open." : "\(facts.openFileLimit) files may be open (ulimit -n)."
        let advice = "Every connection and every log in use takes one: ulimit -n 100000, or LimitNOFILE= in systemd."
        if facts.openFileLimit < 1024 { return .fail("limits.files", summary, advice: advice) }
        if facts.openFileLimit < 65_536 { return .warn("limits.files", summary, advice: advice) }
        return .ok("limits.files", summary)
    }

    private static func memory(_ facts: MachineFacts) -> Finding {
        let whole = min(facts.memoryByteCount, facts.memoryLimitByteCount ?? .max)
        var summary = "\(Bytes.text(whole)) of memory"
        if facts.memoryLimitByteCount.map({ $0 < facts.memoryByteCount }) == true { summary += " by a control group" }
        if let available = facts.availableMemoryByteCount { summary += ", \(Bytes.text(available)) available" }
        let least = min(whole, facts.availableMemoryByteCount ?? .max)
        guard least < 256 << 20 else { return .ok("limits.memory", summary + ".") }
        return .warn(
            "limits.memory", summary + ".",
            advice: "The broker itself needs little, but reads fast only what the page cache holds; give it more.")
    }

    /// Retention and timestamps go by the wall clock.
    private static func clock(_ facts: MachineFacts) -> [Finding] {
        let year2024: Int64 = 1_704_067_200_000
        guard facts.clock > year2024 else {
            return [
                .fail(
                    "clock", "The clock is before 2024.",
                    advice: "Set it: records would be stamped with wrong times, and deleted at wrong times.")
            ]
        }
        guard let keeper = facts.clockKeeper else {
            // In a container the clock is the host's business, so this is no warning.
            return [.ok("clock", "The clock is plausible; nobody was found here who keeps it right.")]
        }
        return [.ok("clock", "The clock is plausible, and kept right by \(keeper).")]
    }
}
