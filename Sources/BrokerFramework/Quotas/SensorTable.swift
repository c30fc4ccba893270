/// The sensors of many clients, in bounded memory.
///
/// A sensor that answers as a new one would is forgotten. When all places are taken, clients that are not there yet
/// share one more sensor, so that inventing names fills no memory. Who has a quota under its own name always has a
/// place.
package struct SensorTable<Key: Hashable & Sendable, Sensor: QuotaSensor>: Sendable {
    private let capacity: Int
    private let window: QuotaWindow
    private var sensors: [Key: Sensor] = [:]
    private var shared = Sensor()
    private var swept: Int64 = 0

    /// - Parameter capacity: how many clients without a quota under their own name have a sensor of their own.
    package init(capacity: Int, window: QuotaWindow) {
        self.capacity = capacity
        self.window = window
    }

    /// How many sensors there are, the shared one left out.
    package var count: Int { sensors.count }

    /// Gives a client's sensor to `body`.
    ///
    /// - Parameter isNamed: whether the quota is for the client's own name.
    package mutating func with<Result>(
        _ key: Key, isNamed: Bool, at now: Int64, _ body: (inout Sensor) -> Result
    ) -> Result {
        // Looking through all of them is worth it once in a window, not with every use.
        if now - swept >= window.milliseconds {
            swept = now
            sensors = sensors.filter { !$0.value.isFresh(at: now, in: window) }
        }
        guard isNamed || sensors[key] != nil || sensors.count < capacity else { return body(&shared) }
        return body(&sensors[key, default: Sensor()])
    }
}
