import BrokerCoordinators
import BrokerTestKit
import Testing

@Suite("Timers by their key")
struct TimerQueueTests {
    @Test("A timer is due at its time, once, and not before")
    func dueOnce() {
        var timers = TimerQueue<String>()
        timers.set("a", at: 10)
        #expect(timers.popDue(9) == nil)
        #expect(timers.popDue(10) == "a")
        #expect(timers.popDue(11) == nil)
        #expect(timers.nextDeadline == nil)
    }

    @Test("A timer that is put off is not due at the old time")
    func putOff() {
        var timers = TimerQueue<String>()
        timers.set("a", at: 10)
        timers.set("a", at: 20)
        #expect(timers.popDue(15) == nil)
        #expect(timers.popDue(20) == "a")
    }

    @Test("Any run of settings, cancellations and times behaves as a plain table of deadlines does", arguments: 1...20)
    func model(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var timers = TimerQueue<Int>()
        var table: [Int: Int64] = [:]
        var now: Int64 = 0
        for _ in 0..<2_000 {
            let key = Int.random(in: 0..<20, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let deadline = now + Int64.random(in: 1...50, using: &random)
                timers.set(key, at: deadline)
                table[key] = deadline
            case 2:
                timers.cancel(key)
                table[key] = nil
            default:
                now += Int64.random(in: 0...20, using: &random)
                var due: Set<Int> = []
                while let key = timers.popDue(now) { due.insert(key) }
                let expected = Set(table.filter { $0.value <= now }.keys)
                #expect(due == expected)
                for key in expected { table[key] = nil }
            }
            #expect(timers.count == table.count)
            if let earliest = table.values.min() {
                #expect((timers.nextDeadline ?? .max) <= earliest, "Somebody would be woken too late.")
            }
        }
    }
}
