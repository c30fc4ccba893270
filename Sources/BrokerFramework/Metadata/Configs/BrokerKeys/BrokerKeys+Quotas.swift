import BrokerPluginAPI

extension BrokerKeys {
    /// How use is measured and limited.
    static let quotas: [ConfigDefinition] = [
        key("quota.window.num", .int, "11", "Over how many windows the use of clients is measured.", .positive),
        key("quota.window.size.seconds", .int, "1", "How long such a window is.", .positive),
        key(
            "controller.quota.window.num", .int, "11", "Over how many windows changes of the metadata are measured.",
            .positive),
        key("controller.quota.window.size.seconds", .int, "1", "How long such a window is.", .positive),
        inert("replication.quota.window.num", .int, "11", "Over how many windows replication is measured.", .positive),
        inert("replication.quota.window.size.seconds", .int, "1", "How long such a window is.", .positive),
        inert(
            "alter.log.dirs.replication.quota.window.num", .int, "11",
            "Over how many windows moves between log directories are measured.", .positive),
        inert(
            "alter.log.dirs.replication.quota.window.size.seconds", .int, "1", "How long such a window is.", .positive),
        inert(
            "client.quota.callback.class", .class, nil,
            "The plug-in that says how much a client may use. Here quota.policy names it."),
    ]
}
