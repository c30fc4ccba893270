public import BrokerPluginAPI
public import Authorizers

/// Runs `body` with a broker of its own, and ends the broker whatever becomes of `body`.
///
/// The broker lives in this process, listens on a free port of 127.0.0.1 for any Kafka client, and keeps everything in
/// memory. Brokers share nothing: as many may run at once as there are tests. Needs no test framework.
///
/// ```swift
/// try await withTestBroker(topics: ["orders"]) { broker in
///     let producer = try broker.producer()
///     _ = try await producer.send(ProducerRecord(topic: "orders", value: "first"))
///     let stored = try broker.records(in: "orders")
///     // stored[0].text is "first"
/// }
/// ```
///
/// - Parameters:
///   - topics: what there is when `body` begins.
///   - config: broker configs, by Kafka's names. Where Kafka's defaults are for large clusters, a test broker has ones
///     for tests: rebalances begin at once, and internal topics have one partition.
///   - clock: `.virtual` for time that passes only when the test says so.
///   - apiVersions: `.kafka("2.8")` for a broker that has no more than that release.
///   - authorizer: decides who may do what; everybody everything by default.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; `TestBrokerError` if the broker cannot start or a topic cannot be created.
public func withTestBroker<Result>(
    topics: [TestTopic] = [], config: [String: String] = [:], clock: TestClock = .system,
    apiVersions: APIVersions = .all, authorizer: any Authorizer = AllowAll(),
    isolation: isolated (any Actor)? = #isolation, _ body: (TestBroker) async throws -> sending Result
) async throws -> sending Result {
    let broker = try await TestBroker.start(
        topics: topics, config: config, clock: clock, apiVersions: apiVersions, authorizer: authorizer)
    do {
        let result = try await body(broker)
        await broker.shutDown()
        return result
    } catch {
        await broker.shutDown()
        throw error
    }
}
