internal import Synchronization

/// Who knows the values of the metrics. They are asked when somebody scrapes; until then a metric costs what its
/// counters cost.
///
/// Safe on any thread.
package final class MetricsRegistry: Sendable {
    /// Adds the samples it knows. Called on the thread of the scrape, one scrape at a time or several.
    package typealias Collector = @Sendable (inout MetricsPage) -> Void

    private let collectors = Mutex<[Collector]>([])

    package init() {}

    /// Asks `collector` at every scrape from now on.
    package func add(_ collector: @escaping Collector) { collectors.withLock { $0.append(collector) } }

    /// What everyone knows now.
    package func scrape() -> MetricsPage {
        var page = MetricsPage()
        for collect in collectors.withLock({ $0 }) { collect(&page) }
        return page
    }
}
