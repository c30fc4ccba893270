public import BrokerPluginAPI
internal import NIOCore

/// Sends records, gathered into batches per partition.
///
/// By default a record is delivered once and in order: what one caller hands in one after the other for one partition
/// is written in that order, whatever fails on the way (within the delivery timeout; a record given up leaves a hole).
///
/// May be used from many tasks. Close it to be sure that everything was sent.
public final class Producer: Sendable {
    private let driver: ProducerDriver

    /// - Parameters:
    ///   - partitioner: chooses partitions for records that name none.
    ///   - codec: compresses batches; nil to leave them as they are.
    public convenience init(
        cluster: Cluster, configuration: ProducerConfiguration = ProducerConfiguration(),
        partitioner: any Partitioner, codec: (any CompressionCodec)? = nil
    ) throws(ClientError) {
        try self.init(cluster, configuration, .one(partitioner), codec)
    }

    /// A producer with which each topic's own partitioner decides, as the topic's configs name it (`partitioner` and its
    /// options). They are read with the first record for a topic and again from time to time, as metadata is.
    ///
    /// - Parameters:
    ///   - plugins: has the partitioners. The first is used where the cluster knows of none, as Apache Kafka does.
    ///   - codec: compresses batches; nil to leave them as they are.
    public convenience init(
        cluster: Cluster, configuration: ProducerConfiguration = ProducerConfiguration(), plugins: PluginSet,
        codec: (any CompressionCodec)? = nil
    ) throws(ClientError) {
        try self.init(cluster, configuration, .configured(plugins), codec)
    }

    private init(
        _ cluster: Cluster, _ configuration: ProducerConfiguration, _ partitioning: Partitioning,
        _ codec: (any CompressionCodec)?
    ) throws(ClientError) {
        if let problem = configuration.problem { throw ClientError(.invalidArgument, problem) }
        driver = ProducerDriver(
            cluster: cluster, configuration: configuration, partitioning: partitioning, codec: codec)
        driver.start()
    }

    deinit { driver.stop(.closed) }

    /// Sends a record and waits until it is delivered.
    public func send(_ record: ProducerRecord) async throws(ClientError) -> RecordMetadata {
        let ticket = try await driver.admit(record)
        let result = await withCheckedContinuation { continuation in
            driver.append(ticket) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Sends records and waits until all are over; one result for each, in order.
    ///
    /// Waits for room in between, so there may be more records than fit the producer's memory. Waits for deliveries
    /// though the task be cancelled, since what was handed in is sent all the same.
    public func send(
        contentsOf records: some Sequence<ProducerRecord>
    ) async -> [Result<RecordMetadata, ClientError>] {
        let results = Gathering<Result<RecordMetadata, ClientError>>()
        for record in records {
            let index = results.expect()
            do throws(ClientError) {
                try await enqueue(record) { results.put($0, at: index) }
            } catch {
                results.put(.failure(error), at: index)
            }
        }
        return await results.all()
    }

    /// Hands a record in and returns once there is room for it, long before it is delivered.
    ///
    /// - Parameter onDelivery: called once, when the record is delivered or given up; on an event loop, so it must
    ///   not block.
    public func enqueue(
        _ record: ProducerRecord,
        onDelivery: (@Sendable (Result<RecordMetadata, ClientError>) -> Void)? = nil
    ) async throws(ClientError) {
        let ticket = try await driver.admit(record)
        driver.append(ticket, onDelivery: onDelivery)
    }

    /// Sends everything handed in so far without waiting for more, and returns when all of it is delivered or given up.
    public func flush() async { await driver.flush() }

    /// Flushes and ends the producer. Records handed in afterwards are refused.
    public func close() async {
        driver.refuse()
        await driver.flush()
        driver.stop(.closed)
    }
}
