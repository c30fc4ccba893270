import BrokerPluginAPI

extension BrokerKeys {
    /// Who this node is, where it listens, and where it is found.
    static let identity: [ConfigDefinition] = [
        key(
            "process.roles", .list, "broker,controller", "The roles of this process.",
            .listOf(["broker", "controller"])),
        key("node.id", .int, "1", "The id of this node, unique in the cluster.", .notNegative),
        key("broker.rack", .string, nil, "The rack this broker stands in, told to clients."),
        key("listeners", .list, "PLAINTEXT://:9092", "The addresses to listen on, as NAME://host:port."),
        key(
            "advertised.listeners", .list, nil,
            "The addresses told to clients, as NAME://host:port. Not set, a client is told the address it used itself."),
        key(
            "listener.security.protocol.map", .string, nil,
            "The security protocol of each listener, as NAME:PROTOCOL. Only PLAINTEXT is served so far."),
        key("inter.broker.listener.name", .string, nil, "The listener that brokers use among themselves."),
        inert(
            "security.inter.broker.protocol", .string, "PLAINTEXT",
            "The security protocol between brokers, where inter.broker.listener.name is not set.",
            .oneOf(["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])),
        key("controller.listener.names", .list, "CONTROLLER", "The listeners of the controller."),
        inert(
            "early.start.listeners", .string, nil,
            "The listeners that are opened before the authorizer is ready; those of the controller if not set."),
        inert(
            "initial.broker.registration.timeout.ms", .int, "60000",
            "How long a starting broker tries to register with the controller."),
        inert(
            "broker.heartbeat.interval.ms", .int, "2000", "How often a broker tells the controller that it is alive."),
        inert(
            "broker.session.timeout.ms", .int, "9000",
            "How long a broker may be silent before the controller fences it."),
        inert(
            "controlled.shutdown.enable", .boolean, "true", "Whether a stopping broker hands its partitions over first."
        ),
        inert("server.max.startup.time.ms", .long, "9223372036854775807", "How long a start may take.", .notNegative),
        inert(
            "config.providers", .list, "", "The plug-ins that values of the form ${provider:path:key} are read with."),
        inert("unstable.api.versions.enable", .boolean, "false", "Whether versions of APIs in development are served."),
        inert(
            "unstable.feature.versions.enable", .boolean, "false",
            "Whether levels of features in development may be set."),
    ]
}
