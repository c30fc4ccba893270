import BrokerMetrics
import Foundation
import Testing

/// What stands in `Deploy` about metrics, held against the catalogue.
struct DocumentationTests {
    private static let deploy = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Deploy")

    /// `WRITE_METRICS=1 swift test --filter DocumentationTests` writes the file anew.
    @Test func `the table of metrics is the catalogue's`() throws {
        let file = Self.deploy.appending(path: "metrics.md")
        let text =
            "# Metrics\n\nWhat `/metrics` tells. A sample without a label that stands here is over all of its values.\n\n"
            + Metric.documentation
        if ProcessInfo.processInfo.environment["WRITE_METRICS"] != nil {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text, "run with WRITE_METRICS=1 to write it anew")
    }

    @Test func `alerts speak of metrics that there are`() throws {
        let text = try String(contentsOf: Self.deploy.appending(path: "alerts.yml"), encoding: .utf8)
        let names = text.matches(of: /\b(?:kafka|broker|process)_[a-z0-9_]+/).map { String($0.output) }
        #expect(names.count > 10)
        let known = Set(Metric.catalogue.flatMap { [$0.name, $0.name + "_bucket"] })
        for name in names { #expect(known.contains(name), "\(name)") }
    }
}
