public import BrokerModel
import HashTreeCollections

/// What the cluster's metadata says of one topic.
public struct TopicImage: Hashable, Sendable {
    public var name: String
    public var id: TopicID
    /// The partitions, by their number.
    public var partitions: [PartitionImage]

    public init(name: String, id: TopicID, partitions: [PartitionImage]) {
        self.name = name
        self.id = id
        self.partitions = partitions
    }
}

/// All topics, by name and by id. Copies share what is the same.
public struct TopicsImage: Sendable {
    private var byID: TreeDictionary<TopicID, TopicImage> = [:]
    private var ids: TreeDictionary<String, TopicID> = [:]
    /// The names that hold `.` or `_`, by the form in which those are the same.
    private var metricForms: TreeDictionary<String, String> = [:]
    public private(set) var partitionCount = 0

    public init() {}

    public var count: Int { byID.count }
    /// All topics, in no particular order.
    public var all: some Sequence<TopicImage> { byID.values }
    public var names: [String] { ids.keys.sorted() }

    public subscript(id: TopicID) -> TopicImage? { byID[id] }
    public subscript(name: String) -> TopicImage? { ids[name].flatMap { byID[$0] } }

    /// The topic whose name would be the same as `name` in metrics, where `.` and `_` are.
    public func collision(with name: String) -> String? { Self.ambiguousForm(of: name).flatMap { metricForms[$0] } }

    private static func ambiguousForm(of name: String) -> String? {
        name.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") } ? TopicName.metricForm(of: name) : nil
    }

    mutating func insert(_ topic: TopicImage) {
        if let old = ids[topic.name] { remove(old) }
        byID[topic.id] = topic
        ids[topic.name] = topic.id
        if let form = Self.ambiguousForm(of: topic.name) { metricForms[form] = topic.name }
        partitionCount += topic.partitions.count
    }

    @discardableResult
    mutating func remove(_ id: TopicID) -> TopicImage? {
        guard let topic = byID.removeValue(forKey: id) else { return nil }
        ids[topic.name] = nil
        if let form = Self.ambiguousForm(of: topic.name) { metricForms[form] = nil }
        partitionCount -= topic.partitions.count
        return topic
    }

    /// Adds the partition behind the last one, or replaces one that is there. False for an unknown topic or a gap.
    mutating func set(_ partition: PartitionImage, number: PartitionIndex, of id: TopicID) -> Bool {
        guard let count = byID[id]?.partitions.count, number >= 0, Int(number) <= count else { return false }
        if Int(number) == count {
            byID[id]?.partitions.append(partition)
            partitionCount += 1
        } else {
            byID[id]?.partitions[Int(number)] = partition
        }
        return true
    }

    /// Forgets who could lead beyond the in-sync replicas, in a topic or, for an empty name, in all; answers the ids of
    /// those it changed.
    mutating func clearEligibleLeaders(of name: String) -> [TopicID] {
        let wanted = name.isEmpty ? Array(byID.keys) : [ids[name]].compactMap { $0 }
        return wanted.filter { id in
            guard var topic = byID[id] else { return false }
            var isChanged = false
            for number in topic.partitions.indices where topic.partitions[number].hasEligibleLeaders {
                topic.partitions[number].clearEligibleLeaders()
                isChanged = true
            }
            if isChanged { byID[id] = topic }
            return isChanged
        }
    }

    public func partition(_ number: PartitionIndex, of id: TopicID) -> PartitionImage? {
        guard let topic = byID[id], number >= 0, Int(number) < topic.partitions.count else { return nil }
        return topic.partitions[Int(number)]
    }
}
