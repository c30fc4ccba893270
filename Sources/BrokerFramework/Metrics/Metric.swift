/// One metric: its name, what it means, and the labels of its samples. Declared once, in the catalogue.
package struct Metric: Hashable, Sendable {
    package enum Kind: String, Sendable {
        /// Only grows, from 0 at the start of the process.
        case counter
        case gauge
        /// Cumulative buckets, a sum and a count.
        case histogram
    }

    /// Kafka's name where Kafka has the metric, as the usual rules of the JMX exporter give it.
    package let name: String
    package let kind: Kind
    /// The names of the labels, in their order. A sample may leave out the last ones.
    package let labels: [String]
    /// The unit in words; nil for a plain number.
    package let unit: String?
    /// One sentence for the reader of a dashboard.
    package let help: String

    package init(_ name: String, _ kind: Kind, labels: [String] = [], unit: String? = nil, _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.unit = unit
        self.help = help
    }

    package static func == (left: Metric, right: Metric) -> Bool { left.name == right.name }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
