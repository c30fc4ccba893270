public import BrokerPluginAPI

extension ConfigSchema {
    /// Kafka 4.3's group configs. Each kind of group heeds those that begin with its name.
    public static let group = ConfigSchema([
        inherited(
            "consumer.session.timeout.ms", "45000", .positive,
            "How long a member of a consumer group may be silent before it is removed."),
        inherited(
            "consumer.heartbeat.interval.ms", "5000", .positive, "How often a member of a consumer group reports."),
        inherited(
            "consumer.assignment.interval.ms", "1000", .notNegative,
            "How long lies at least between two assignments of a consumer group."),
        inherited(
            "share.session.timeout.ms", "45000", .positive,
            "How long a member of a share group may be silent before it is removed."),
        inherited("share.heartbeat.interval.ms", "5000", .positive, "How often a member of a share group reports."),
        inherited(
            "share.assignment.interval.ms", "1000", .notNegative,
            "How long lies at least between two assignments of a share group."),
        inherited(
            "share.record.lock.duration.ms", "30000", .range(1000...Int64(Int32.max)),
            "How long a delivered record is one consumer's alone."),
        inherited(
            "share.delivery.count.limit", "5", .range(2...Int64(Int32.max)),
            "How often a record is delivered before it is given up."),
        inherited(
            "share.partition.max.record.locks", "2000", .range(100...Int64(Int32.max)),
            "How many records of a partition may be delivered and not yet acknowledged."),
        ConfigDefinition(
            "share.auto.offset.reset", .string, "latest", hasEffect: false,
            documentation: "Where a share group begins: earliest, latest, or by_duration: and an ISO 8601 duration."),
        ConfigDefinition(
            "share.isolation.level", .string, "read_uncommitted", .oneOf(["read_committed", "read_uncommitted"]),
            hasEffect: false, documentation: "Whether a share group reads records of transactions that are not decided."
        ),
        ConfigDefinition(
            "share.renew.acknowledge.enable", .boolean, "true", hasEffect: false,
            documentation: "Whether consumers of a share group may renew the lock on a record."),
        inherited(
            "streams.session.timeout.ms", "45000", .positive,
            "How long a member of a streams group may be silent before it is removed."),
        inherited("streams.heartbeat.interval.ms", "5000", .positive, "How often a member of a streams group reports."),
        inherited(
            "streams.assignment.interval.ms", "1000", .notNegative,
            "How long lies at least between two assignments of a streams group."),
        inherited(
            "streams.num.standby.replicas", "0", .notNegative, "How many standby copies of each state store are kept."),
        inherited(
            "streams.initial.rebalance.delay.ms", "3000", .notNegative,
            "How long a new streams group waits for more members before its first assignment."),
    ])

    /// The configs of a client metrics subscription (KIP-714).
    public static let clientMetrics = ConfigSchema([
        ConfigDefinition(
            "metrics", .list, "", hasEffect: false,
            documentation: "What the names of the wanted metrics begin with; * for all metrics."),
        ConfigDefinition(
            "interval.ms", .int, "300000", .range(100...3_600_000), hasEffect: false,
            documentation: "How often a client pushes its metrics."),
        ConfigDefinition(
            "match", .list, "", hasEffect: false,
            documentation: "Which clients are meant, as property=pattern; empty for all clients."),
    ])

    /// A group config whose default is the broker key of the same name behind `group.`.
    private static func inherited(
        _ name: String, _ standard: String, _ rule: ConfigRule, _ documentation: String
    ) -> ConfigDefinition {
        ConfigDefinition(
            name, .int, standard, rule, synonyms: [ConfigSynonym("group.\(name)")], hasEffect: false,
            documentation: documentation)
    }
}

/// What the configs of a group must satisfy beyond each its own rule.
public enum GroupConfigRules {
    /// What is wrong with a group's configs; nil if nothing is.
    ///
    /// - Parameters:
    ///   - set: what is set for the group.
    ///   - lookup: what holds for a group config, set or default.
    ///   - broker: the configuration that limits what a group may set.
    public static func conflict(
        _ set: [String: String], _ lookup: (String) -> String?, broker: BrokerConfig
    ) -> String? {
        for (name, value) in set.sorted(by: { $0.key < $1.key }) {
            guard let number = Int64(ConfigSchema.group.normalized(name, value)) else { continue }
            let (least, most) = limits(of: name)
            if let least, let limit = broker.text(least).flatMap({ Int64($0) }), number < limit {
                return "\(name) (\(number)) must not be below the broker's \(least) (\(limit))."
            }
            if let most, let limit = broker.text(most).flatMap({ Int64($0) }), number > limit {
                return "\(name) (\(number)) must not be above the broker's \(most) (\(limit))."
            }
        }
        func number(_ name: String) -> Int64? {
            lookup(name).flatMap { Int64(ConfigSchema.group.normalized(name, $0)) }
        }
        for kind in ["consumer", "share", "streams"] {
            let (session, heartbeat) = ("\(kind).session.timeout.ms", "\(kind).heartbeat.interval.ms")
            guard set[session] != nil || set[heartbeat] != nil, let silence = number(session),
                let interval = number(heartbeat), silence <= interval
            else { continue }
            return "\(session) (\(silence)) must be above \(heartbeat) (\(interval))."
        }
        return nil
    }

    /// The broker keys that limit a group config: `group.consumer.min.session.timeout.ms` for
    /// `consumer.session.timeout.ms`.
    private static func limits(of name: String) -> (least: String?, most: String?) {
        if name == "streams.num.standby.replicas" { return (nil, "group.streams.max.standby.replicas") }
        guard let dot = name.firstIndex(of: ".") else { return (nil, nil) }
        func key(_ word: String) -> String? {
            let key = "group.\(name[..<dot]).\(word)\(name[dot...])"
            return ConfigSchema.broker[key] == nil ? nil : key
        }
        return (key("min"), key("max"))
    }
}
