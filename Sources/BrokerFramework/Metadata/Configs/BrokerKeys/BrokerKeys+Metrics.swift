import BrokerPluginAPI

extension BrokerKeys {
    /// Metrics, as Kafka's own reporters take them, and those that clients send.
    static let metrics: [ConfigDefinition] = [
        inert(
            "metric.reporters", .list, "org.apache.kafka.common.metrics.JmxReporter", "The plug-ins that get metrics.",
            changes: .clusterWide),
        inert("metrics.num.samples", .int, "2", "Over how many samples a metric is computed.", .positive),
        inert("metrics.sample.window.ms", .long, "30000", "How long a sample is.", .positive),
        inert(
            "metrics.recording.level", .string, "INFO", "How detailed the metrics are.",
            .oneOf(["INFO", "DEBUG", "TRACE"])),
        inert("kafka.metrics.reporters", .list, "", "The plug-ins that get metrics of Kafka's older kind."),
        inert(
            "kafka.metrics.polling.interval.secs", .int, "10", "How often those plug-ins get them, in seconds.",
            .positive),
        inert(
            "telemetry.max.bytes", .int, "1048576",
            "The most bytes of metrics that a client may push at once (KIP-714).",
            .positive),
    ]
}
