/// How long one execution of `body` takes, in nanoseconds: the quickest of several runs of some 20 ms each, since
/// whatever else the machine does can only add.
func nanoseconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    var count = 1
    while true {
        let elapsed = try clock.measure { for _ in 0..<count { try body() } }
        if elapsed > .milliseconds(20) { break }
        count *= 2
    }
    var least = Duration.seconds(3600)
    for _ in 0..<9 {
        least = min(least, try clock.measure { for _ in 0..<count { try body() } })
    }
    return least / .nanoseconds(1) / Double(count)
}

/// Keeps the optimizer from leaving out what made `value`.
@inline(never)
func consume<Value>(_ value: Value) {}

/// A row of the output, as JSON: these names and values hold nothing that would need escaping.
func report(_ name: String, _ value: Double, _ unit: String) {
    let tenths = (value * 10).rounded() / 10
    print("{\"measure\":\"\(name)\",\"value\":\(tenths),\"unit\":\"\(unit)\"}")
}
