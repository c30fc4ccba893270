public import BrokerModel

/// Looks at each record that a client wants to append, and may refuse it or put another in its place.
///
/// Called once for each record of a batch, in order, before the batch is appended; by one thread at a time for one
/// partition, by several for several partitions. A topic's interceptors are asked one after the other, each about what
/// the one before has left.
///
/// What it costs: a topic with interceptors gives up the way from socket to file without a copy. Its batches are taken to
/// another thread and wait there for those before them, and every record is parsed; where one is replaced the batch is
/// built and compressed anew. Topics without interceptors pay nothing.
public protocol RecordInterceptor: Sendable {
    /// What is to be appended in place of `record`; nil for the record as it is.
    ///
    /// The offset of the answer is ignored, and so is its timestamp where the topic's timestamps are the broker's.
    ///
    /// - Throws: `.reject` refuses the record, and with it its batch: the client is told which records were refused and
    ///   why (KIP-467). `.retry` refuses the batch in a way that makes clients try again. `.fallBack`, and whatever else
    ///   stops the interceptor from doing its work, does the same as `.retry` and counts against it.
    func intercept(_ record: Record, in context: RecordInterceptorContext) throws(PluginError) -> Record?
}

extension Plugin where Self: RecordInterceptor {
    public static var kind: PluginKind { .recordInterceptor }
}

/// Where a record is going and who sent it.
public struct RecordInterceptorContext: Sendable, Hashable {
    public var topic: String
    public var partition: PartitionIndex
    /// The client whose request it is.
    public var client: RequestContext

    public init(topic: String, partition: PartitionIndex, client: RequestContext) {
        self.topic = topic
        self.partition = partition
        self.client = client
    }
}
