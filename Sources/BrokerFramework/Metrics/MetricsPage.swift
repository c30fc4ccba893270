/// The samples of one scrape, and their text in the formats that Prometheus reads.
package struct MetricsPage: Sendable {
    package enum Format: Sendable {
        /// Prometheus' text format 0.0.4.
        case text
        /// OpenMetrics 1.0.0.
        case openMetrics

        package var contentType: String {
            switch self {
            case .text: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    /// The sample lines of each metric, as they came.
    private var lines: [Metric: [UInt8]] = [:]

    package init() {}

    /// Adds a sample; `labels` are the values of the metric's labels, in their order.
    package mutating func add(_ metric: Metric, of labels: [String] = [], _ value: some BinaryInteger) {
        add(metric, "", metric.labels, labels, "\(value)")
    }

    /// Adds a sample; `labels` are the values of the metric's labels, in their order.
    package mutating func add(_ metric: Metric, of labels: [String] = [], _ value: Double) {
        add(metric, "", metric.labels, labels, Self.text(value))
    }

    /// Adds a histogram of durations, in milliseconds as Kafka tells them.
    package mutating func add(_ metric: Metric, of labels: [String] = [], _ durations: LatencyHistogram.Snapshot) {
        var cumulated: UInt64 = 0
        let names = Array(metric.labels.prefix(labels.count)) + ["le"]
        for (index, count) in durations.counts.enumerated() {
            cumulated &+= count
            let bound =
                index < LatencyHistogram.bounds.count
                ? Self.text(Double(LatencyHistogram.bounds[index]) / 1e6) : "+Inf"
            add(metric, "_bucket", names, labels + [bound], "\(cumulated)")
        }
        add(metric, "_sum", metric.labels, labels, Self.text(Double(durations.nanoseconds) / 1e6))
        add(metric, "_count", metric.labels, labels, "\(cumulated)")
    }

    private mutating func add(
        _ metric: Metric, _ suffix: String, _ names: [String], _ labels: [String], _ value: String
    ) {
        var line = metric.name + suffix
        for (index, (name, label)) in zip(names, labels).enumerated() {
            line += index == 0 ? "{" : ","
            line += name
            line += "=\""
            Self.escape(label, quotes: true, into: &line)
            line += "\""
        }
        if !names.isEmpty && !labels.isEmpty { line += "}" }
        line += " "
        line += value
        line += "\n"
        lines[metric, default: []] += line.utf8
    }

    /// The page in the order of `catalogue`; metrics without samples are left out.
    package func text(_ format: Format, catalogue: [Metric] = Metric.catalogue) -> [UInt8] {
        var page: [UInt8] = []
        page.reserveCapacity(lines.values.reduce(catalogue.count * 160) { $0 + $1.count })
        for metric in catalogue {
            guard let lines = lines[metric] else { continue }
            let family = Self.family(metric, format)
            var help = "# HELP \(family) "
            Self.escape(metric.help, quotes: format == .openMetrics, into: &help)
            page += help.utf8
            page += "\n# TYPE \(family) \(metric.kind.rawValue)\n".utf8
            page += lines
        }
        if format == .openMetrics { page += "# EOF\n".utf8 }
        return page
    }

    /// OpenMetrics names a counter without the suffix of its samples.
    private static func family(_ metric: Metric, _ format: Format) -> String {
        guard format == .openMetrics, metric.kind == .counter, metric.name.hasSuffix("_total") else {
            return metric.name
        }
        return String(metric.name.dropLast("_total".count))
    }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Whole numbers without a point, so that le="1000" is what a query writes.
        if value == value.rounded(), abs(value) < 1e15 { return "\(Int64(value))" }
        return "\(value)"
    }

    private static func escape(_ text: String, quotes: Bool, into line: inout String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": line += "\\\\"
            case "\n": line += "\\n"
            case "\"" where quotes: line += "\\\""
            default: line.unicodeScalars.append(scalar)
            }
        }
    }
}
