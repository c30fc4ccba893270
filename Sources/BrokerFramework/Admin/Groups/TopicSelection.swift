internal import ArgumentParser
internal import BrokerClient
internal import BrokerModel

/// A topic, or some of its partitions: `orders` or `orders:0,2,5`.
struct TopicSelection: ExpressibleByArgument, Hashable, Sendable {
    var topic: String
    /// Empty for all.
    var partitions: [PartitionIndex]

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty else { return nil }
        topic = String(name)
        partitions = []
        guard parts.count == 2 else { return }
        for text in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            guard let partition = PartitionIndex(text), partition >= 0 else { return nil }
            partitions.append(partition)
        }
    }

    /// The partitions that are meant; those that do not exist are an error.
    static func resolve(
        _ selections: [TopicSelection], _ admin: AdminClient
    ) async throws -> [TopicPartition] {
        var found: Set<TopicPartition> = []
        for selection in selections {
            let topic = try await admin.describeTopic(selection.topic)
            if let missing = selection.partitions.first(where: { topic[$0] == nil }) {
                throw CommandFailure(
                    "Topic '\(topic.name)' has no partition \(missing).", kind: .notFound,
                    advice: "It has partitions 0 to \(topic.partitions.count - 1).")
            }
            let chosen = selection.partitions.isEmpty ? topic.partitions.map(\.index) : selection.partitions
            for partition in chosen { found.insert(TopicPartition(topic: topic.name, partition: partition)) }
        }
        return found.sorted()
    }
}
