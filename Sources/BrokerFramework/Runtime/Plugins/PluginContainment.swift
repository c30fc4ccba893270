package import BrokerPluginAPI
package import BrokerWorld
package import Logging
internal import Synchronization

/// Stands between a broker and its plug-ins: every call is counted, timed and can fail without harm to what does not
/// use the plug-in.
///
/// What it cannot do is to stop a call that is under way, or to survive a trap: that ends the process. It remembers
/// across starts which plug-in was running then (``PluginCrashes``).
///
/// Safe on any thread.
package final class PluginContainment: Sendable {
    private struct Key: Hashable {
        var kind: PluginKind
        var name: String
    }

    private struct State {
        var monitors: [Key: PluginMonitor] = [:]
        /// The uses whose breaker is open, and why.
        var open: [ObjectIdentifier: (use: PluginUse, problem: String)] = [:]
        /// What could not be made: by topic, or for the broker as a whole.
        var unmade: [String?: [String]] = [:]
        var watching: Timers.Timer?
        var storageThreads: [String: PluginThreads] = [:]
    }

    private let world: World
    private let logger: Logger
    private let quarantined: Set<Key>
    private let state = Mutex(State())
    /// Where calls run that a network thread must not wait for.
    package let threads: PluginThreads

    /// - Parameters:
    ///   - quarantined: plug-ins that are not to be called, with their kinds.
    package init(world: World, logger: Logger, quarantined: [(PluginKind, String)] = []) {
        self.world = world
        self.logger = logger
        self.quarantined = Set(quarantined.map { Key(kind: $0.0, name: $0.1) })
        threads = PluginThreads()
        // Health tells of them before anybody asks for one.
        for (kind, name) in quarantined { _ = monitor(kind, name) }
    }

    /// A use of a plug-in of that kind and name.
    ///
    /// - Parameter topic: nil for one of the whole broker.
    package func use(_ kind: PluginKind, _ name: String, topic: String?) -> PluginUse {
        PluginUse(monitor(kind, name), topic: topic, containment: self)
    }

    private func monitor(_ kind: PluginKind, _ name: String) -> PluginMonitor {
        let key = Key(kind: kind, name: name)
        return state.withLock { state in
            if let monitor = state.monitors[key] { return monitor }
            let monitor = PluginMonitor(
                kind: kind, name: name, budget: .standard(kind), isQuarantined: quarantined.contains(key),
                trace: PluginTrace("\(kind.rawValue) \(name)"), world: world)
            state.monitors[key] = monitor
            return monitor
        }
    }

    /// The plug-ins that were ever used, by kind and name.
    package var monitors: [PluginMonitor] {
        state.withLock { $0.monitors.values.sorted { ($0.kind, $0.name) < ($1.kind, $1.name) } }
    }

    /// The threads that call the storage of that name where it is not the broker's own: if it does not answer, only those
    /// wait who need it.
    package func threads(ofStorage name: String) -> PluginThreads {
        state.withLock { state in
            if let threads = state.storageThreads[name] { return threads }
            let threads = PluginThreads()
            state.storageThreads[name] = threads
            return threads
        }
    }

    /// All threads on which plug-ins are called.
    var allThreads: [PluginThreads] { [threads] + state.withLock { Array($0.storageThreads.values) } }

    /// Whether a call of that storage has been under way for a second.
    func isWaiting(forStorage name: String) -> Bool {
        monitor(.storage, name).isWaiting(for: 1_000_000_000, at: world.monotonicNanoseconds())
    }

    // MARK: Watching

    /// Looks from now on, four times a second, for calls that do not come back.
    package func watch(_ timers: Timers) {
        let timer = timers.every(milliseconds: 250) { [weak self] in self?.lookForStalls() }
        state.withLock { $0.watching = timer }
    }

    /// Looks for nothing any more, and ends the threads.
    package func stop() async {
        let timer = state.withLock { $0.watching }
        timer?.cancel()
        for threads in allThreads { await threads.stop() }
    }

    package func lookForStalls() {
        let now = world.monotonicNanoseconds()
        for monitor in monitors {
            for use in monitor.stalled(at: now) { use.stalled() }
        }
        // Other plug-ins run on a storage's threads, too: for its topics.
        let stuck = monitors.reduce(0) { $0 + ($1.kind == .storage ? 0 : $1.stuckCount) }
        threads.stuck(stuck)
        for (name, threads) in state.withLock({ $0.storageThreads }) {
            threads.stuck(stuck + monitor(.storage, name).stuckCount)
        }
    }

    // MARK: What the breakers do

    func opened(_ use: PluginUse, because problem: String) {
        state.withLock { state in
            if !use.isOver.load(ordering: .relaxed) { state.open[ObjectIdentifier(use)] = (use, problem) }
        }
        logger.warning("\(use.monitor.budget.advice)", metadata: metadata(use, problem))
    }

    func closed(_ use: PluginUse) {
        state.withLock { $0.open[ObjectIdentifier(use)] = nil }
        logger.info("a plug-in works again", metadata: metadata(use, nil))
    }

    /// The use is over: its topic was deleted, or another instance has taken its place.
    package func forget(_ uses: [PluginUse]) {
        guard !uses.isEmpty else { return }
        state.withLock { state in
            for use in uses {
                use.isOver.store(true, ordering: .relaxed)
                state.open[ObjectIdentifier(use)] = nil
            }
        }
    }

    /// Plug-ins could not be made with the options they have now; or all of them could, if `problems` is empty.
    ///
    /// - Parameters:
    ///   - problems: sentences that say which, why, and what is so meanwhile.
    ///   - topic: the topic they are for; nil for the whole broker.
    package func report(_ problems: [String], of topic: String?) {
        state.withLock { $0.unmade[topic] = problems.isEmpty ? nil : problems }
    }

    private func metadata(_ use: PluginUse, _ problem: String?) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["plugin": "\(use.monitor.kind.words) \(use.monitor.name)"]
        if let topic = use.topic { metadata["topic"] = "\(topic)" }
        if let problem { metadata["problem"] = "\(problem)" }
        return metadata
    }

    /// So many troubles are told at most: of one cause, every topic may have one.
    private static let toldCount = 10

    /// How the plug-ins are. A broker whose plug-ins fail is degraded, not unavailable.
    package var health: HealthCheck {
        let (open, monitors, unmade) = state.withLock {
            (Array($0.open.values), Array($0.monitors.values), $0.unmade)
        }
        var troubles = monitors.filter(\.isQuarantined).map { monitor in
            "The \(monitor.kind.words) '\(monitor.name)' is off since it ended the process repeatedly: "
                + "\(monitor.budget.fallback)."
        }
        troubles += open.map { use, problem in
            "The \(use.monitor.kind.words) '\(use.monitor.name)'"
                + (use.topic.map { " of the topic '\($0)'" } ?? "")
                + " fails (\(problem)): \(use.monitor.budget.fallback)."
        }
        troubles += unmade.flatMap { topic, problems in
            problems.map { problem in (topic.map { "Topic '\($0)': " } ?? "") + problem }
        }
        guard !troubles.isEmpty else { return HealthCheck("plugins", isOK: true, "Work.") }
        let told = troubles.sorted().prefix(Self.toldCount).joined(separator: " ")
        let rest = troubles.count - Self.toldCount
        return HealthCheck("plugins", .degraded, told + (rest > 0 ? " And \(rest) more." : ""))
    }
}
