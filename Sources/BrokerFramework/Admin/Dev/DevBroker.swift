internal import BrokerClient
internal import BrokerMetadata
internal import BrokerRuntime
internal import Logging
internal import ServiceLifecycle

/// The broker of `broker dev` in the life cycle of the process.
struct DevBroker: Service, CustomStringConvertible {
    /// For the group's log: without it the whole configuration would be spelled out, whoever reads it or not.
    var description: String { "broker" }

    /// Where Kafka's defaults are for clusters that stay.
    static let defaults = [
        "auto.create.topics.enable=true", "group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=1",
        "offsets.topic.replication.factor=1",
    ]

    let config: BrokerConfig
    let plugins: BrokerPlugins
    let topics: DevTopics
    let readyFile: String?
    let parent: ParentProcess?
    let logger: Logger

    func run() async throws {
        let broker = try await Broker.start(
            config: config, plugins: plugins, isEphemeral: true, formatsEmptyDirectories: true, logger: logger)
        do {
            try await seed(broker)
            let ready = ReadyLine(broker, topics: topics.topics.map(\.name))
            if let readyFile { try WholeTextFile.write(ready.value.description + "\n", to: readyFile) }
            ready.print()
            hint(broker)
        } catch {
            await broker.stop()
            throw error
        }
        await waitForTheEnd()
        if let readyFile { WholeTextFile.remove(readyFile) }
        await broker.stop()
    }

    private func seed(_ broker: Broker) async throws {
        guard !topics.topics.isEmpty, let listener = broker.listeners.first else { return }
        let address = BrokerAddress(host: ReadyLine.reachable(listener.host), port: listener.port)
        try await topics.create(at: address)
    }

    /// Returns when the process is to end, or when whoever started it has.
    private func waitForTheEnd() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await gracefulShutdown() }
            if let parent { group.addTask { await parent.ends() } }
            await group.next()
            group.cancelAll()
        }
    }

    /// What to do now, for people.
    private func hint(_ broker: Broker) {
        guard Terminal.showsProgress, let listener = broker.listeners.first else { return }
        Output.note(
            """
            Ready on \(listener.host):\(listener.port). Everything is in memory; Control-C ends it. In another terminal:
              export BROKER_BOOTSTRAP=\(ReadyLine.reachable(listener.host)):\(listener.port)
              broker topics list
            """)
    }
}
