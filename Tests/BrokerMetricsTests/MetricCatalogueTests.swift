import BrokerMetrics
import Testing

struct MetricCatalogueTests {
    @Test func `every name is there once and has Prometheus' form`() {
        let names = Metric.catalogue.map(\.name)
        #expect(names.count > 40 && Set(names).count == names.count)
        for name in names { #expect(name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }) }
    }

    @Test func `a counter ends with _total and nothing else does`() {
        for metric in Metric.catalogue {
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
        }
    }

    @Test func `every metric is explained in sentences on one line`() {
        for metric in Metric.catalogue {
            #expect(
                metric.help.count > 10 && metric.help.hasSuffix(".")
                    && !metric.help.contains { $0 == "\n" || $0 == "|" })
        }
    }
}
