import BrokerPluginAPI

extension BrokerKeys {
    /// Transactions and their coordinator.
    static let transactions: [ConfigDefinition] = [
        inert(
            "transaction.max.timeout.ms", .int, "900000", "The longest timeout a transactional producer may ask for.",
            .positive),
        inert(
            "transactional.id.expiration.ms", .int, "604800000",
            "How long a transactional id may be idle before it is forgotten.", .positive),
        inert(
            "transaction.abort.timed.out.transaction.cleanup.interval.ms", .int, "10000",
            "How often transactions that took too long are looked for.", .positive),
        inert(
            "transaction.remove.expired.transaction.cleanup.interval.ms", .int, "3600000",
            "How often idle transactional ids are looked for.", .positive),
        inert(
            "transaction.partition.verification.enable", .boolean, "true",
            "Whether the coordinator is asked before a producer's first write of a transaction (KIP-890).",
            changes: .clusterWide),
        inert(
            "transaction.two.phase.commit.enable", .boolean, "false",
            "Whether producers may take part in two-phase commits (KIP-939)."),
        inert(
            "transaction.state.log.num.partitions", .int, "50",
            "The partitions of the topic of the transactions. Do not change it once the topic exists.", .positive),
        inert(
            "transaction.state.log.replication.factor", .short, "3", "The replicas of the topic of the transactions.",
            .positive),
        inert(
            "transaction.state.log.min.isr", .int, "2",
            "How many replicas of the topic of the transactions must be in sync.", .positive),
        inert(
            "transaction.state.log.segment.bytes", .int, "104857600",
            "The size of a segment of the topic of the transactions.", .positive),
        inert(
            "transaction.state.log.load.buffer.size", .int, "5242880",
            "How many bytes are read at once when transactions are loaded.", .positive),
        inert(
            "add.partitions.to.txn.retry.backoff.ms", .int, "20",
            "How long the broker rests before it asks the coordinator again about a transaction.", .notNegative),
        inert(
            "add.partitions.to.txn.retry.backoff.max.ms", .int, "100", "The longest such rest.", .notNegative),
    ]
}
