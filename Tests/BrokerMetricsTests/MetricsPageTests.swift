import BrokerMetrics
import Testing

struct MetricsPageTests {
    private let counter = Metric("a_total", .counter, labels: ["topic"], "Things.")
    private let gauge = Metric("b", .gauge, "A \"level\",\nover \\ two lines.")
    private let histogram = Metric("c", .histogram, labels: ["request"], unit: "milliseconds", "Times.")

    private func text(_ page: MetricsPage, _ format: MetricsPage.Format = .text) -> String {
        String(decoding: page.text(format, catalogue: [counter, gauge, histogram]), as: UTF8.self)
    }

    @Test func `samples stand below the help and type of their metric, in the order of the catalogue`() {
        var page = MetricsPage()
        page.add(gauge, 1.5)
        page.add(counter, of: ["orders"], 3)
        page.add(counter, 7)
        #expect(
            text(page) == """
                # HELP a_total Things.
                # TYPE a_total counter
                a_total{topic="orders"} 3
                a_total 7
                # HELP b A "level",\\nover \\\\ two lines.
                # TYPE b gauge
                b 1.5

                """)
    }

    @Test func `OpenMetrics names a counter without its suffix and marks the end`() {
        var page = MetricsPage()
        page.add(counter, 7)
        #expect(text(page, .openMetrics) == "# HELP a Things.\n# TYPE a counter\na_total 7\n# EOF\n")
    }

    @Test func `a label's value is quoted whatever it holds`() {
        var page = MetricsPage()
        page.add(counter, of: ["a\"b\\c\nd"], 1)
        #expect(text(page).hasSuffix("a_total{topic=\"a\\\"b\\\\c\\nd\"} 1\n"))
    }

    @Test(arguments: [
        (0.0, "0"), (-2, "-2"), (0.25, "0.25"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        (1e300, "1e+300"),
    ])
    func `numbers are written as Prometheus reads them`(value: Double, expected: String) {
        var page = MetricsPage()
        page.add(gauge, value)
        #expect(text(page).hasSuffix("b \(expected)\n"))
    }

    @Test func `a histogram has cumulative buckets that end with its count`() {
        let durations = LatencyHistogram()
        for milliseconds: UInt64 in [1, 1, 40, 60_000] { durations.record(nanoseconds: milliseconds * 1_000_000) }
        var page = MetricsPage()
        page.add(histogram, of: ["Fetch"], durations.snapshot)
        let lines = text(page).split(separator: "\n")
        #expect(lines.contains("c_bucket{request=\"Fetch\",le=\"0.5\"} 0"))
        #expect(lines.contains("c_bucket{request=\"Fetch\",le=\"1\"} 2"))
        #expect(lines.contains("c_bucket{request=\"Fetch\",le=\"50\"} 3"))
        #expect(lines.contains("c_bucket{request=\"Fetch\",le=\"10000\"} 3"))
        #expect(lines.contains("c_bucket{request=\"Fetch\",le=\"+Inf\"} 4"))
        #expect(lines.contains("c_sum{request=\"Fetch\"} 60042"))
        #expect(lines.contains("c_count{request=\"Fetch\"} 4"))
    }

    @Test func `a metric nobody has a sample of is left out`() { #expect(text(MetricsPage()).isEmpty) }

    @Test func `every collector is asked at every scrape`() {
        let registry = MetricsRegistry()
        let cells = AtomicCells(count: 1)
        registry.add { [gauge] page in page.add(gauge, cells[0]) }
        #expect(text(registry.scrape()).hasSuffix("b 0\n"))
        cells.add(5, at: 0)
        #expect(text(registry.scrape()).hasSuffix("b 5\n"))
    }
}
