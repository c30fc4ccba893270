public import BrokerModel

/// Chooses the brokers for the replicas of new partitions.
///
/// Asked when a topic is created or grows and nobody says where. Called on the thread that decides for the cluster, which
/// waits meanwhile: it must not block, and be done within milliseconds for thousands of partitions. Its answer must depend
/// on nothing but the request and the placer's configuration; chance is in the request.
///
/// The broker checks the answer. One that has too few or too many partitions or replicas, names a broker twice or one
/// that was not offered, or leaves a partition to fenced brokers alone is not used: the replicas are striped then, as
/// without a placer, and the log has a line about it.
public protocol ReplicaPlacer: Sendable {
    /// The replicas of each new partition, the broker that is to lead it first.
    ///
    /// - Throws: `.reject` where there is no way: whoever asked gets Kafka's INVALID_REPLICATION_FACTOR with the sentence.
    ///   `.retry` asks to try again later; with `.fallBack` the replicas are striped.
    func place(_ request: PlacementRequest) throws(PluginError) -> [[NodeID]]
}

extension Plugin where Self: ReplicaPlacer {
    public static var kind: PluginKind { .replicaPlacer }
}

/// New partitions of a topic that want a place.
public struct PlacementRequest: Hashable, Sendable {
    public var topic: String
    /// How many partitions are to be placed; at least 1.
    public var partitionCount: Int
    /// How many replicas each of them has; at least 1.
    public var replicationFactor: Int
    /// The brokers that may get replicas, by ascending id. Those that are about to leave are not among them.
    public var brokers: [PlacementBroker]
    /// The replicas of the partitions that the topic has already; empty for a new topic.
    public var existing: [[NodeID]]
    /// A number by chance, another one for each request.
    public var chance: UInt64

    public init(
        topic: String, partitionCount: Int, replicationFactor: Int, brokers: [PlacementBroker],
        existing: [[NodeID]] = [], chance: UInt64
    ) {
        self.topic = topic
        self.partitionCount = partitionCount
        self.replicationFactor = replicationFactor
        self.brokers = brokers
        self.existing = existing
        self.chance = chance
    }

    /// What is wrong with an answer to this request, as the rest of a sentence that begins with "it": `names broker 4,
    /// which was not offered`. Nil if nothing is.
    public func problem(with answer: [[NodeID]]) -> String? {
        guard answer.count == partitionCount else {
            return "placed \(answer.count) partitions where \(partitionCount) were asked for"
        }
        let offered = Dictionary(brokers.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for (number, replicas) in answer.enumerated() {
            guard replicas.count == replicationFactor else {
                return "gave partition \(number) \(replicas.count) replicas where \(replicationFactor) were asked for"
            }
            if let stranger = replicas.first(where: { offered[$0] == nil }) {
                return "named broker \(stranger), which was not offered"
            }
            guard Set(replicas).count == replicas.count else {
                return "gave partition \(number) two replicas on one broker: \(replicas)"
            }
            guard replicas.contains(where: { offered[$0]?.isFenced == false }) else {
                return "left partition \(number) to fenced brokers alone"
            }
        }
        return nil
    }
}

/// A broker that may get replicas.
public struct PlacementBroker: Hashable, Sendable {
    public var id: NodeID
    /// Where it stands, from `broker.rack`; nil if it does not say.
    public var rack: String?
    /// Whether it is not fit to lead now: it has just registered, or has not been heard of for a while.
    public var isFenced: Bool

    public init(id: NodeID, rack: String? = nil, isFenced: Bool = false) {
        self.id = id
        self.rack = rack
        self.isFenced = isFenced
    }
}
