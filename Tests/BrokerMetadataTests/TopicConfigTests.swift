import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerWire
import Testing

/// The strength of the levels: topic, this broker's change, all brokers' change, the file, the default.
struct TopicConfigTests {
    private func image(_ configs: [(ConfigResource, String, String)]) throws -> MetadataImage {
        var image = MetadataImage()
        var delta = MetadataDelta()
        for (resource, name, value) in configs {
            try image.apply(.config(.setting(name, to: value, of: resource)), to: &delta)
        }
        return image
    }

    private let topic = ConfigResource(.topic, "t")
    private let broker = ConfigResource(.broker, "1")
    private let allBrokers = ConfigResource(.broker, "")

    @Test func `the strongest level that says something holds`() throws {
        let file = ["log.retention.ms": "400"]
        let levels = [
            (topic, "retention.ms", "100"), (broker, "log.retention.ms", "200"),
            (allBrokers, "log.retention.ms", "300"),
        ]
        let config = try BrokerConfig(layers: [file])
        for (first, expected) in [(0, 100), (1, 200), (2, 300), (3, 400)] as [(Int, Int64)] {
            let image = try image(Array(levels[first...]))
            #expect(TopicConfig(topic: "t", image: image, config: config).retentionMilliseconds == expected)
        }
        let nothing = TopicConfig(topic: "t", image: MetadataImage(), config: try BrokerConfig(layers: []))
        #expect(nothing.retentionMilliseconds == 604_800_000)
    }

    @Test func `every level is told, strongest first`() throws {
        let image = try image([
            (topic, "retention.ms", "100"), (broker, "log.retention.ms", "200"),
            (allBrokers, "log.retention.ms", "300"),
        ])
        let definition = try #require(ConfigSchema.topic["retention.ms"])
        let value = ConfigValue.ofTopic(
            definition, set: image.config(of: topic), image: image,
            config: try BrokerConfig(layers: [["log.retention.hours": "1"]]))
        #expect(
            value.levels.map(\.source) == [.topic, .dynamicBroker, .dynamicDefaultBroker, .staticBroker, .standard])
        #expect(value.levels.map(\.value) == ["100", "200", "300", "3600000", "604800000"])
        #expect(value.levels.map(\.text) == ["100", "200", "300", "1", "168"], "in each key's own unit")
        #expect(value.levels[3].name == "log.retention.hours")
        #expect(value.value == "100")
        #expect(value.source == .topic)
    }

    @Test(
        arguments: [
            (["log.retention.hours": "2"], 7_200_000), (["log.retention.minutes": "3"], 180_000),
            (["log.retention.hours": "2", "log.retention.minutes": "3"], 180_000),
            (["log.retention.hours": "2", "log.retention.minutes": "3", "log.retention.ms": "4"], 4),
            (["log.retention.hours": "-1"], -1), (["log.retention.hours": "2147483647"], 7_730_941_129_200_000),
        ] as [([String: String], Int64)])
    func `the finest unit of a broker's retention wins`(file: [String: String], expected: Int64) throws {
        let config = try BrokerConfig(layers: [file])
        let topic = TopicConfig(topic: "t", image: MetadataImage(), config: config)
        #expect(topic.retentionMilliseconds == expected)
    }

    @Test func `another broker's and another topic's configs do not count`() throws {
        let image = try image([
            (ConfigResource(.topic, "u"), "retention.ms", "1"), (ConfigResource(.broker, "2"), "log.retention.ms", "2"),
        ])
        let config = try BrokerConfig(layers: [["node.id": "1"]])
        #expect(TopicConfig(topic: "t", image: image, config: config).retentionMilliseconds == 604_800_000)
    }

    @Test func `text becomes typed values`() {
        let config = TopicConfig { name in
            [
                "cleanup.policy": "compact,delete", "compression.type": "zstd", "compression.gzip.level": "-1",
                "message.timestamp.type": "LogAppendTime", "preallocate": "true", "segment.bytes": "2000000",
            ][name]
        }
        #expect(config.isCompacted && config.isDeleted)
        #expect(config.compression == .zstd)
        #expect(config.timestampType == .logAppendTime)
        #expect(config.preallocate)
        #expect(config.segmentBytes == 2_000_000)
        #expect(config.level(of: .gzip) == nil)
        #expect(config.level(of: .lz4) == 9)
        #expect(config.level(of: .zstd) == 3)
        #expect(config.level(of: .snappy) == nil)
    }

    @Test func `text is read without blanks, and a boolean in any case`() throws {
        let image = try image([
            (topic, "retention.ms", " 100\n"), (topic, "preallocate", "TRUE"), (topic, "compression.type", "gzip "),
            (broker, "log.retention.ms", " 200"),
        ])
        let config = try BrokerConfig(layers: [["log.retention.hours": " 1 "]])
        let typed = TopicConfig(topic: "t", image: image, config: config)
        #expect(typed.retentionMilliseconds == 100 && typed.preallocate && typed.compression == .gzip)
        let value = ConfigValue.ofTopic(
            try #require(ConfigSchema.topic["retention.ms"]), set: image.config(of: topic), image: image, config: config
        )
        #expect(value.levels.map(\.value) == ["100", "200", "3600000", "604800000"])
        #expect(value.levels.map(\.text) == ["100", "200", "1", "168"])
    }

    @Test(arguments: [("producer", nil), ("uncompressed", CompressionType.none), ("gzip", .gzip)])
    func `the producer's codec is kept unless one is named`(text: String, expected: CompressionType?) {
        #expect(TopicConfig { $0 == "compression.type" ? text : nil }.compression == expected)
    }

    @Test func `the compaction lags must not cross`() {
        #expect(TopicConfig.conflict(changed: [], schemas: .kafka) { _ in nil } == nil)
        #expect(
            TopicConfig.conflict(changed: [], schemas: .kafka) {
                $0 == "min.compaction.lag.ms" ? "5" : $0 == "max.compaction.lag.ms" ? "5" : nil
            }
                == nil)
        #expect(
            TopicConfig.conflict(changed: [], schemas: .kafka) {
                $0 == "min.compaction.lag.ms" ? "6" : $0 == "max.compaction.lag.ms" ? "5" : nil
            }
                != nil)
    }

    @Test func `a broker's own config has its own levels`() throws {
        let definition = try #require(ConfigSchema.broker["log.retention.ms"])
        let image = try image([(broker, "log.retention.ms", "1"), (allBrokers, "log.retention.ms", "2")])
        let value = ConfigValue.ofBroker(
            definition, image: image, config: try BrokerConfig(layers: [["log.retention.ms": "3"]]))
        // The default is that of log.retention.hours, which stands in where this key is not set.
        #expect(value.levels.map(\.value) == ["1", "2", "3", "168"])
        #expect(value.levels.map(\.name) == Array(repeating: "log.retention.ms", count: 3) + ["log.retention.hours"])
        #expect(value.levels.map(\.source) == [.dynamicBroker, .dynamicDefaultBroker, .staticBroker, .standard])
    }

    @Test func `a broker's config is not that of a stronger one in another unit`() throws {
        let config = try BrokerConfig(layers: [["log.retention.ms": "3", "log.retention.hours": "4"]])
        func levels(_ name: String, _ config: BrokerConfig) throws -> [ConfigValue.Level] {
            let definition = try #require(ConfigSchema.broker[name])
            return ConfigValue.ofBroker(definition, image: MetadataImage(), config: config).levels
        }
        #expect(try levels("log.retention.hours", config).map(\.value) == ["4", "168"])
        #expect(try levels("log.retention.ms", config).map(\.value) == ["3", "4", "168"])
        #expect(try levels("log.retention.minutes", config).isEmpty)
        #expect(try levels("log.retention.ms", BrokerConfig(layers: [])).isEmpty, "it has no value of its own")
    }

    @Test func `a group's config comes from the group, then from the broker's key of that name`() throws {
        let group = ConfigResource(.group, "g")
        let definition = try #require(ConfigSchema.group["consumer.session.timeout.ms"])
        let image = try image([
            (group, "consumer.session.timeout.ms", "50000"), (allBrokers, "group.consumer.session.timeout.ms", "47000"),
        ])
        let config = try BrokerConfig(layers: [["group.consumer.session.timeout.ms": "46000"]])
        let value = ConfigValue.ofGroup(definition, set: image.config(of: group), image: image, config: config)
        #expect(value.levels.map(\.value) == ["50000", "46000", "45000"], "the broker's key is fixed while it runs")
        #expect(value.levels.map(\.source) == [.group, .staticBroker, .standard])
        let unset = ConfigValue.ofClientMetrics(try #require(ConfigSchema.clientMetrics["interval.ms"]), set: [:])
        #expect(unset.value == "300000" && unset.source == .standard)
    }
}
