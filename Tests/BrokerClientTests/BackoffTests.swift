import Testing

@testable import BrokerClient

@Suite struct BackoffTests {
    @Test func `waits double up to the limit`() {
        let backoff = Backoff(firstMilliseconds: 100, limitMilliseconds: 1_000)
        // 20 draws a hundred percent.
        #expect((1...6).map { backoff.wait(afterFailures: $0, random: 20) } == [100, 200, 400, 800, 1_000, 1_000])
    }

    @Test func `waits vary by a fifth at most`() {
        let backoff = Backoff(firstMilliseconds: 100, limitMilliseconds: 1_000)
        let waits = (0..<200).map { backoff.wait(afterFailures: 1, random: $0) }
        #expect(waits.min() == 80)
        #expect(waits.max() == 120)
    }

    @Test func `many failures do not overflow`() {
        let backoff = Backoff(firstMilliseconds: .max / 2, limitMilliseconds: .max / 200)
        #expect(backoff.wait(afterFailures: .max, random: .max) > 0)
        #expect(Backoff(firstMilliseconds: 0, limitMilliseconds: 0).wait(afterFailures: -5, random: 0) == 1)
    }
}
