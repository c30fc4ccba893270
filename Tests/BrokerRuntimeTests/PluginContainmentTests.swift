import BrokerPluginAPI
import BrokerRuntime
import Dispatch
import FileStorage
import Logging
import NIOCore
import BrokerWorld
import Synchronization
import Testing

@Suite struct PluginContainmentTests {
    private let time = TestWorld()

    private func containment(quarantined: [(PluginKind, String)] = []) -> PluginContainment {
        PluginContainment(
            world: time.world, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, quarantined: quarantined
        )
    }

    private func answer(_ use: PluginUse, _ body: () throws(PluginError) -> Int) -> Int? {
        if case .answer(let answer) = use.call({ () throws(PluginError) in try body() }) { return answer }
        return nil
    }

    @Test func `calls, failures and time are counted for each plug-in, wherever it is used`() {
        let containment = containment()
        let uses = ["a", "b"].map { containment.use(.partitioner, "p", topic: $0) }
        for use in uses { #expect(answer(use) { () throws(PluginError) in 7 } == 7) }
        _ = answer(uses[0]) { () throws(PluginError) in
            time.advance(30)
            throw .fallBack("no")
        }
        #expect(containment.monitors.map(\.counts) == [.init(calls: 3, errors: 1, nanoseconds: 30_000_000)])
    }

    @Test func `a plug-in that fails in one topic is off there, and works in others`() {
        let containment = containment()
        let (bad, good) = (
            containment.use(.partitioner, "p", topic: "bad"), containment.use(.partitioner, "p", topic: "good")
        )
        for _ in 0..<5 { _ = answer(bad) { () throws(PluginError) in throw .fallBack("broken") } }
        #expect(answer(bad) { () throws(PluginError) in 1 } == nil, "it is not even called")
        #expect(answer(good) { () throws(PluginError) in 1 } == 1)
        #expect(containment.health.verdict == .degraded)
        #expect(
            containment.health.detail
                == "The partitioner 'p' of the topic 'bad' fails (broken): records are not held against it, and keys are "
                + "hashed where it would choose.")
        time.advance(5_000)
        #expect(answer(bad) { () throws(PluginError) in 1 } == 1)
        #expect(containment.health.verdict == .ok)
    }

    @Test func `what refuses a record has done its work`() {
        let use = containment().use(.recordInterceptor, "i", topic: "t")
        for _ in 0..<10 {
            let outcome = use.call(fault: { $0.remedy == .fallBack ? $0.message : nil }) {
                () throws(PluginError) -> Int in throw .reject("no")
            }
            guard case .failure = outcome else { return #expect(Bool(false), "it is called each time") }
        }
    }

    @Test func `slow calls count as failed, though their answers are used`() {
        let use = containment().use(.partitioner, "p", topic: "t")
        for _ in 0..<5 {
            #expect(
                answer(use) { () throws(PluginError) in
                    time.advance(101)
                    return 1
                } == 1)
        }
        #expect(answer(use) { () throws(PluginError) in 1 } == nil)
    }

    @Test func `a call that does not come back turns the plug-in off while it is still under way`() {
        let containment = containment()
        let use = containment.use(.partitioner, "p", topic: "t")
        _ = answer(use) { () throws(PluginError) in
            time.advance(999)
            containment.lookForStalls()
            #expect(containment.health.verdict == .ok)
            time.advance(1)
            containment.lookForStalls()
            #expect(containment.health.verdict == .degraded)
            #expect(answer(use) { () throws(PluginError) in 1 } == nil)
            return 1
        }
        #expect(containment.monitors.first?.counts.errors == 1)
    }

    @Test func `a wrong answer on trial is a failure, and what comes after it is the longer for it`() {
        let containment = containment()
        let use = containment.use(.partitioner, "p", topic: "t")
        func answersBadly() -> Bool {
            if case .badAnswer("is no partition") = use.call(flaw: { (_: Int) in "is no partition" }, { 7 }) {
                return true
            }
            return false
        }
        for _ in 0..<5 { #expect(answersBadly()) }
        #expect(!answersBadly(), "it is not called any more")
        time.advance(5_000)
        #expect(answersBadly(), "it is on trial")
        #expect(containment.health.detail.contains("(it is no partition)"))
        time.advance(9_999)
        #expect(!answersBadly())
        time.advance(1)
        #expect(answersBadly())
        #expect(containment.monitors.map(\.counts.errors) == [7])
    }

    @Test func `what nothing can replace is called whatever it did, and its trouble is told until it works again`() {
        let containment = containment()
        let use = containment.use(.storage, "s", topic: nil)
        func call(failing message: String? = nil) -> String? {
            do {
                return try use.watch(fault: { (error: StorageError) in error.code == .notFound ? nil : error.message })
                {
                    () throws(StorageError) in
                    if let message { throw StorageError(message == "none" ? .notFound : .failed, message) }
                    return "done"
                }
            } catch { return nil }
        }
        #expect(call(failing: "none") == nil)
        #expect(containment.health.verdict == .ok, "what is not there is not there")
        #expect(call(failing: "the disk is gone") == nil)
        #expect(containment.health.verdict == .degraded)
        #expect(containment.health.detail.contains("The storage backend 's' fails (the disk is gone)"))
        #expect(call() == "done", "it is called all the same")
        #expect(containment.health.verdict == .degraded, "one success says little")
        time.advance(5_000)
        #expect(call() == "done")
        #expect(containment.health.verdict == .ok)
        #expect(containment.monitors.map(\.counts) == [.init(calls: 4, errors: 1)])
    }

    @Test func `what is over is nobody's trouble any more`() {
        let containment = containment()
        let use = containment.use(.cleanupPolicy, "c", topic: "t")
        for _ in 0..<5 { _ = use.call(flaw: { "is \($0)" }) { () throws(Never) in "nonsense" } }
        #expect(containment.health.verdict == .degraded)
        containment.forget([use])
        #expect(containment.health.verdict == .ok)
    }

    @Test func `a plug-in in quarantine is never called`() {
        let containment = containment(quarantined: [(.partitioner, "p")])
        #expect(answer(containment.use(.partitioner, "p", topic: "t")) { () throws(PluginError) in 1 } == nil)
        #expect(answer(containment.use(.partitioner, "q", topic: "t")) { () throws(PluginError) in 1 } == 1)
        #expect(containment.health.detail.contains("'p' is off since it ended the process repeatedly"))
    }

    @Test func `threads that are held up are replaced`() async {
        let threads = PluginThreads()
        let gate = Gate()
        for _ in 0..<4 { threads.run { gate.wait() } }
        let done = Gate()
        threads.run { done.open() }
        #expect(!done.isOpen)
        threads.stuck(4)
        done.wait()
        gate.open()
        await threads.idle()
        await threads.stop()
    }

    // MARK: Crashes

    @Test func `a plug-in that was running in three crashes within an hour is off`() {
        let text = "1000 partitioner p\n1500 cleanup-policy p\n2000 partitioner p\n3000 partitioner p\nrubbish\n-1 x\n"
        func quarantined(limit: Int, at seconds: Int64) -> [String] {
            PluginCrashes.quarantined(text, limit: limit, now: seconds * 1_000).map { "\($0.0) \($0.1)" }
        }
        #expect(quarantined(limit: 3, at: 3_001) == ["partitioner p"])
        #expect(quarantined(limit: 3, at: 4_601) == [], "the first is an hour ago")
        #expect(quarantined(limit: 4, at: 3_001) == [])
        #expect(quarantined(limit: 0, at: 3_001) == [])
    }

    @Test func `a crash inside of a plug-in is written down with its name`() async throws {
        let path = "/tmp/broker-test-crashes-\(UInt32.random(in: 0 ... .max))"
        let storage = try FileStorage().open(path)
        let file = storage.file("plugin-crashes")
        // Makes the directory.
        try file.truncate(to: 0)
        defer { try? storage.remove("") }
        await #expect(processExitsWith: .failure) { [path = path as String] in
            PluginCrashes.record(in: path)
            let containment = PluginContainment(
                world: .system, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            _ = containment.use(.cleanupPolicy, "trap", topic: "t").call { () throws(Never) in
                let numbers = Array(repeating: 1, count: CommandLine.arguments.count)
                return numbers[1_000_000]
            }
        }
        let text = String(buffer: try file.read(at: 0, count: 1_000))
        #expect(text.hasSuffix(" cleanup-policy trap\n") && text.split(separator: "\n").count == 1)
        await #expect(processExitsWith: .failure) { [path = path as String] in
            PluginCrashes.record(in: path)
            fatalError("outside of any plug-in")
        }
        #expect(String(buffer: try file.read(at: 0, count: 1_000)) == text)
    }
}

/// Holds threads up until it is opened.
final class Gate: Sendable {
    private let isOpened = Mutex(false)
    private let semaphore = DispatchSemaphore(value: 0)

    var isOpen: Bool { isOpened.withLock { $0 } }

    func open() {
        isOpened.withLock { $0 = true }
        semaphore.signal()
    }

    func wait() {
        semaphore.wait()
        // For the next one.
        semaphore.signal()
    }
}
