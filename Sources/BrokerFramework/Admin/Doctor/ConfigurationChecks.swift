internal import BrokerMetadata
internal import BrokerPluginAPI

/// Judges a configuration: what it says wrongly, and what it says that is seldom meant.
enum ConfigurationChecks {
    /// What of `values` can be used; a value that is wrong counts as not set, so that the other checks can go on.
    static func usable(_ values: [String: String]) -> [String: String] {
        let schema = AdminPlugins.schemas.broker
        return values.filter { schema.problem(setting: $0.key, to: $0.value) == nil }
    }

    static func findings(_ joined: JoinedConfig, _ config: BrokerConfig) -> [Finding] {
        let schemas = AdminPlugins.schemas
        let schema = schemas.broker
        let stops = "The broker does not start until it is mended."
        var findings: [Finding] = joined.problems.map { .fail("config.name", $0, advice: stops) }
        findings += joined.warnings.map { .warn("config.name", $0, advice: "Write today's name.") }
        for (name, value) in joined.values.sorted(by: { $0.key < $1.key }) {
            if let problem = schemas.problem(startingWith: name), schema[name] == nil {
                findings.append(.fail("config.unknown", problem, advice: stops))
                continue
            }
            guard schema[name] != nil else {
                findings.append(
                    .warn(
                        "config.unknown", schema.unknown(name),
                        advice: "It has no effect; correct or remove it."))
                continue
            }
            if let problem = schema.problem(setting: name, to: value) {
                findings.append(.fail("config.value", problem, advice: stops))
            } else if let warning = BrokerConfig.warning(setting: name, to: value) {
                findings.append(
                    .warn("config.inert", warning, advice: "Remove it, or do not count on what it does in Kafka."))
            }
        }
        if findings.isEmpty {
            let count = joined.values.count == 1 ? "1 key is" : "\(joined.values.count) keys are"
            findings.append(.ok("config", "\(count) set, all of them known and valid."))
        }
        return findings + risks(config)
    }

    private static func risks(_ config: BrokerConfig) -> [Finding] {
        var findings: [Finding] = []
        func risk(_ isThere: Bool, _ summary: String, _ advice: String) {
            if isThere { findings.append(.warn("config.risk", summary, advice: advice)) }
        }
        let topic = TopicConfig(topic: "", image: MetadataImage(), config: config)
        let largest = Int64(topic.maxMessageBytes)
        risk(
            largest > config.long("socket.request.max.bytes"),
            "message.max.bytes (\(largest)) is above socket.request.max.bytes "
                + "(\(config.long("socket.request.max.bytes"))).",
            "A request as large as the largest batch closes the connection; raise socket.request.max.bytes.")
        risk(
            topic.retentionMilliseconds < 0 && topic.retentionBytes < 0,
            "Neither time nor size limits the logs (log.retention.ms and log.retention.bytes are -1).",
            "Set one of them, or watch the disk: nothing is ever deleted.")
        let (kept, segment) = (topic.retentionBytes, Int64(topic.segmentBytes))
        risk(
            kept >= 0 && kept < segment,
            "log.retention.bytes (\(kept)) is below log.segment.bytes (\(segment)).",
            "Only whole segments are deleted, so partitions grow to about a segment more; make the segments smaller.")
        let (minimum, replicas) = (topic.minInSyncReplicas, config.int("default.replication.factor"))
        risk(
            minimum > replicas,
            "min.insync.replicas (\(minimum)) is above default.replication.factor (\(replicas)).",
            "Producers with acks=all are refused by new topics; lower the one or raise the other.")
        risk(
            topic.flushMessages == 1,
            "log.flush.interval.messages is 1: every produce waits for the disk.",
            "Keep it if records must survive a power failure of this one machine; otherwise leave it unset.")
        risk(
            config.values["log.dirs"] == nil && config.values["log.dir"] == nil,
            "log.dirs is not set, so the records are kept in \(config.logDirectories[0]).",
            "Systems clean /tmp when they start; set log.dirs or use --data.")
        return findings
    }
}
