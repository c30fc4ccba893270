import BrokerPluginAPI

extension BrokerKeys {
    /// What operators see. These are keys of this broker, which Kafka does not have.
    static let operations: [ConfigDefinition] = [
        key(
            "http.listener", .string, "127.0.0.1:9644",
            "Where metrics and health are served over HTTP, as host:port; 'off' for nowhere. Not set, a free port is "
                + "taken where this one is in use."),
        key(
            "metrics.max.topics", .int, "1000",
            "How many topics have metrics of their own; 0 for none. The sums always count all.", .notNegative),
        key(
            "metrics.max.partitions", .int, "5000", "How many partitions have metrics of their own; 0 for none.",
            .notNegative),
        key(
            "plugin.quarantine.crashes", .int, "3",
            "A plug-in that was running in so many crashes of the process within an hour is off after the next start; "
                + "0 for never. The file plugin-crashes in the log directory counts them.", .notNegative),
    ]
}
