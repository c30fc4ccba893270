import BrokerMetadata
import BrokerModel
import BrokerPrimitives
import BrokerWire
import HashTreeCollections
import NIOCore
import Testing

struct SnapshotRoundTripTests {
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `a snapshot's records make the same image from an empty one`(seed: UInt64) throws {
        var stream = RandomRecords(seed: seed)
        var image = MetadataImage()
        var delta = MetadataDelta()
        for step in 0..<250 {
            try image.apply(stream.next(), to: &delta)
            guard step % 25 == 24 else { continue }
            let rebuilt = try MetadataImage().applying(image.records).image
            #expect(Content(rebuilt) == Content(image), "seed \(seed), step \(step)")
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `the same records give the same snapshot, byte for byte`(seed: UInt64) throws {
        func bytes() throws -> [[UInt8]] {
            var stream = RandomRecords(seed: seed)
            var image = MetadataImage()
            var delta = MetadataDelta()
            for _ in 0..<200 { try image.apply(stream.next(), to: &delta) }
            return try image.records.map { record in
                let version = type(of: record.content).validVersions.upperBound
                return Array(try record.encodeFramed(version: version).readableBytesView)
            }
        }
        #expect(try bytes() == bytes())
    }

    @Test func `metadata version stands first in a snapshot`() throws {
        let image = try MetadataImage().applying([
            .featureLevel(FeatureLevelRecord(name: "a.feature", featureLevel: 1)),
            .topic(TopicRecord(name: "t", topicID: id(1))),
            .featureLevel(FeatureLevelRecord(name: "metadata.version", featureLevel: 30)),
        ]).image
        guard case .featureLevel(let first) = try #require(image.records.first) else {
            Issue.record("the first record is no feature level")
            return
        }
        #expect(first.name == "metadata.version")
    }

    /// The bookkeeping behind the two ways to find a topic, against counting.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func `names, ids and counts agree`(seed: UInt64) throws {
        var stream = RandomRecords(seed: seed)
        var image = MetadataImage()
        var delta = MetadataDelta()
        for _ in 0..<300 { try image.apply(stream.next(), to: &delta) }
        let all = Array(image.topics.all)
        #expect(all.count == image.topics.count)
        #expect(all.map(\.partitions.count).reduce(0, +) == image.topics.partitionCount)
        #expect(all.map(\.name).sorted() == image.topics.names)
        for topic in all { #expect(image.topics[topic.name] == topic && image.topics[topic.id] == topic) }
    }

    /// A publisher that follows the news alone must know everything.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func `the delta names every topic, config and broker that differs`(seed: UInt64) throws {
        var stream = RandomRecords(seed: seed)
        var image = MetadataImage()
        for _ in 0..<30 {
            let before = image
            var delta = MetadataDelta()
            for _ in 0..<8 { try image.apply(stream.next(), to: &delta) }
            let ids = Set(before.topics.all.map(\.id)).union(image.topics.all.map(\.id))
            for topic in ids where before.topics[topic] != image.topics[topic] {
                let isTold = delta.changedTopics.contains(topic) || delta.removedTopics.contains { $0.id == topic }
                #expect(isTold, "topic \(topic)")
            }
            for removed in delta.removedTopics { #expect(image.topics[removed.id] == nil) }
            for changed in delta.changedTopics { #expect(image.topics[changed] != nil) }
            let resources = Set(before.configs.keys).union(image.configs.keys)
            for resource in resources where before.config(of: resource) != image.config(of: resource) {
                // A removed topic's configs go with it.
                let isTold =
                    delta.configsChanged.contains(resource)
                    || delta.removedTopics.contains { resource == ConfigResource(.topic, $0.name) }
                #expect(isTold, "\(resource)")
            }
            if before.brokers != image.brokers { #expect(delta.brokersChanged) }
        }
    }
}
