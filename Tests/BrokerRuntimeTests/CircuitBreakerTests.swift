import BrokerRuntime
import Testing

@Suite struct CircuitBreakerTests {
    private var breaker = CircuitBreaker()

    @Test func `a few failures among many calls are forgiven`() {
        var breaker = breaker
        for call in 0..<1_000 {
            let isAdmitted = breaker.admits(now: Int64(call))
            #expect(isAdmitted)
            if call % 20 == 0 {
                let opened = breaker.failed(now: Int64(call))
                // The fifth comes when 81 calls were made: less than a tenth.
                #expect(!opened)
            } else {
                _ = breaker.succeeded()
            }
        }
    }

    @Test func `failure after failure opens it, and a trial that succeeds closes it`() {
        var breaker = breaker
        var openings: [Bool] = []
        for now in 0..<5 {
            _ = breaker.admits(now: Int64(now))
            openings.append(breaker.failed(now: Int64(now)))
        }
        #expect(openings == [false, false, false, false, true])
        var admitted = [5, 5_003, 5_004, 5_004].map { breaker.admits(now: $0) }
        #expect(admitted == [false, false, true, false], "one call is on trial")
        let closes = breaker.succeeded()
        #expect(closes)
        admitted = [5_005, 5_006].map { breaker.admits(now: $0) }
        #expect(admitted == [true, true])
        let opens = breaker.failed(now: 5_006)
        #expect(!opens, "what was before is forgotten")
    }

    @Test func `each trial that fails doubles the pause, up to a limit`() {
        var breaker = breaker
        var now: Int64 = 0
        _ = breaker.admits(now: now)
        var opened = breaker.failed(isSevere: true, now: now)
        #expect(opened, "one stall is enough")
        var pauses: [Int64] = []
        for _ in 0..<8 {
            guard case .open(let until) = breaker.state else { return #expect(Bool(false)) }
            pauses.append(until - now)
            now = until
            _ = breaker.admits(now: now)
            opened = breaker.failed(now: now)
            #expect(opened)
        }
        #expect(pauses == [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000])
    }

    @Test func `failures of another minute do not count`() {
        var breaker = breaker
        for now in stride(from: Int64(0), to: 600_000, by: 20_000) {
            _ = breaker.admits(now: now)
            let opened = breaker.failed(now: now)
            #expect(!opened)
        }
    }
}
