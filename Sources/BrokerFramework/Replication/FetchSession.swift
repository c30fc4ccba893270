package import BrokerModel

/// The partitions a consumer or follower fetches from, remembered between its fetches (KIP-227).
///
/// A client names its partitions once; afterwards it sends only what changed and is told only what changed.
/// A pure value: what a session remembers about a partition changes with `update` and `answered` alone.
package struct FetchSession: Sendable {
    /// How a client names a partition: by the topic's id since version 13, by its name before.
    package struct Key: Hashable, Sendable {
        package var topicID: TopicID
        package var topic: String
        package var partition: PartitionIndex

        package init(topicID: TopicID, topic: String, partition: PartitionIndex) {
            self.topicID = topicID
            self.topic = topic
            self.partition = partition
        }
    }

    /// What a client wants of a partition.
    package struct Request: Hashable, Sendable {
        package var key: Key
        package var currentLeaderEpoch: LeaderEpoch
        package var fetchOffset: Offset
        package var lastFetchedEpoch: LeaderEpoch
        package var maxBytes: Int32

        package init(
            key: Key, currentLeaderEpoch: LeaderEpoch, fetchOffset: Offset, lastFetchedEpoch: LeaderEpoch,
            maxBytes: Int32
        ) {
            self.key = key
            self.currentLeaderEpoch = currentLeaderEpoch
            self.fetchOffset = fetchOffset
            self.lastFetchedEpoch = lastFetchedEpoch
            self.maxBytes = maxBytes
        }
    }

    /// What an answer says of a partition, as far as it decides whether it must be said.
    package struct Answer: Hashable, Sendable {
        package var hasRecords: Bool
        package var highWatermark: Offset
        package var logStartOffset: Offset
        /// An error, a diverging epoch or a preferred replica, which are always told.
        package var mustTell: Bool

        package init(hasRecords: Bool, highWatermark: Offset, logStartOffset: Offset, mustTell: Bool) {
            self.hasRecords = hasRecords
            self.highWatermark = highWatermark
            self.logStartOffset = logStartOffset
            self.mustTell = mustTell
        }
    }

    private struct Cached: Sendable {
        var request: Request
        var toldHighWatermark: Offset = -1
        var toldLogStartOffset: Offset = -1
    }

    /// Whether the client names topics by id. A session never changes that.
    package let usesTopicIDs: Bool
    /// The epoch the client's next fetch must carry.
    package private(set) var nextEpoch: Int32 = 1
    private var cached: [Cached] = []
    private var index: [Key: Int] = [:]
    /// Where the next answer begins, so that partitions with much to tell do not starve those behind them.
    private var start = 0

    package init(usesTopicIDs: Bool, requests: [Request]) {
        self.usesTopicIDs = usesTopicIDs
        update(adding: requests, forgetting: [])
    }

    package var count: Int { cached.count }

    /// Takes over what an incremental fetch adds, changes and forgets.
    package mutating func update(adding requests: [Request], forgetting keys: [Key]) {
        for request in requests {
            if let position = index[request.key] {
                cached[position].request = request
            } else {
                index[request.key] = cached.count
                cached.append(Cached(request: request))
            }
        }
        guard !keys.isEmpty else { return }
        let forgotten = Set(keys)
        cached.removeAll { forgotten.contains($0.request.key) }
        index.removeAll(keepingCapacity: true)
        for (position, partition) in cached.enumerated() { index[partition.request.key] = position }
        start = cached.isEmpty ? 0 : start % cached.count
    }

    /// Moves to the next epoch; after 2³¹−1 comes 1.
    package mutating func advanceEpoch() { nextEpoch = nextEpoch == .max ? 1 : nextEpoch + 1 }

    /// The partitions in the order in which the next answer looks at them.
    package var requests: [Request] {
        var all: [Request] = []
        all.reserveCapacity(cached.count)
        for position in start..<cached.count { all.append(cached[position].request) }
        for position in 0..<start { all.append(cached[position].request) }
        return all
    }

    /// Whether an incremental answer would have to mention the partition.
    package func mustTell(_ answer: Answer, of key: Key) -> Bool {
        guard let position = index[key] else { return true }
        return answer.mustTell || answer.hasRecords || answer.highWatermark != cached[position].toldHighWatermark
            || answer.logStartOffset != cached[position].toldLogStartOffset
    }

    /// Notes what was told of a partition.
    package mutating func told(_ answer: Answer, of key: Key) {
        guard let position = index[key] else { return }
        // After an error the next answer speaks of the partition again, even if nothing changed.
        cached[position].toldHighWatermark = answer.mustTell ? -1 : answer.highWatermark
        cached[position].toldLogStartOffset = answer.logStartOffset
        if answer.hasRecords { start = (position + 1) % cached.count }
    }
}
