import BrokerMetadata
import BrokerWire
import Testing

struct BrokerConfigTests {
    @Test func `later layers win over earlier ones`() throws {
        let config = try BrokerConfig(layers: [["num.partitions": "3", "node.id": "5"], ["num.partitions": "7"]])
        #expect(config.int("num.partitions") == 7)
        #expect(config.nodeID == 5)
    }

    @Test func `what nobody sets has Kafka's default`() throws {
        let config = try BrokerConfig(layers: [])
        #expect(config.int("socket.request.max.bytes") == 104_857_600)
        #expect(config.text("log.retention.hours") == "168")
        #expect(config.text("log.retention.ms") == nil)
        #expect(config.text("log.roll.hours") == "168")
        #expect(config.text("offsets.nothing") == nil)
        #expect(config.flag("auto.create.topics.enable"))
        #expect(config.logDirectories == ["/tmp/kafka-logs"])
    }

    @Test func `blanks around a value and a boolean's case do not matter`() throws {
        let config = try BrokerConfig(layers: [
            [
                "num.partitions": " 3 ", "auto.create.topics.enable": "FALSE", "broker.rack": " r ",
                "num.io.threads": " 8",
            ]
        ])
        #expect(config.int("num.partitions") == 3 && !config.flag("auto.create.topics.enable"))
        #expect(config.text("broker.rack") == "r" && config.warnings.isEmpty)
        var (image, delta) = (MetadataImage(), MetadataDelta())
        for (name, value) in [("max.connections", " 6"), ("log.preallocate", "True"), ("log.retention.ms", "9 ")] {
            try image.apply(.config(.setting(name, to: value, of: ConfigResource(.broker, ""))), to: &delta)
        }
        let changed = config.changed(by: image)
        #expect(changed.int("max.connections") == 6 && changed.flag("log.preallocate"))
        let topic = TopicConfig(topic: "t", image: image, config: config)
        #expect(topic.preallocate && topic.retentionMilliseconds == 9)
    }

    @Test func `all problems are told at once, in a fixed order`() throws {
        let values = ["num.partitions": "0", "node.id": "x", "auto.create.topics.enable": "yes", "log.dir": "/a"]
        let error = #expect(throws: BrokerConfigError.self) { try BrokerConfig(layers: [values]) }
        let problems = try #require(error).problems
        #expect(problems.count == 3)
        for (problem, name) in zip(problems, ["auto.create.topics.enable", "node.id", "num.partitions"]) {
            #expect(problem.contains("'\(name)'"))
        }
    }

    @Test func `an unknown key is a warning, not an error`() throws {
        let config = try BrokerConfig(layers: [["num.partition": "3", "zookeeper.connect": "z"]])
        #expect(config.warnings.count == 2)
        #expect(config.warnings[0].contains("Did you mean 'num.partitions'?"))
        #expect(config.int("num.partitions") == 1)
    }

    @Test func `a key of Kafka's that has no effect here is told from one that has, if it is not at its default`()
        throws
    {
        let config = try BrokerConfig(layers: [
            ["num.io.threads": "9", "num.replica.fetchers": "1", "num.partitions": "2", "ssl.protocol": "TLSv1.2"]
        ])
        #expect(config.warnings.count == 2)
        #expect(config.warnings[0].contains("'num.io.threads'") && config.warnings[1].contains("'ssl.protocol'"))
        #expect(throws: BrokerConfigError.self) { try BrokerConfig(layers: [["num.io.threads": "none"]]) }
    }

    @Test func `what was changed at run time wins, this broker's over all brokers'`() throws {
        let config = try BrokerConfig(layers: [["node.id": "1", "max.connections": "5", "num.partitions": "2"]])
        var (image, delta) = (MetadataImage(), MetadataDelta())
        func set(_ broker: String, _ name: String, _ value: String) throws {
            try image.apply(.config(.setting(name, to: value, of: ConfigResource(.broker, broker))), to: &delta)
        }
        #expect(config.changed(by: image).values == config.values)
        try set("", "max.connections", "6")
        try set("", "log.retention.ms", "7")
        try set("1", "max.connections", "8")
        try set("2", "max.connections.per.ip", "9")
        let changed = config.changed(by: image)
        #expect(changed.int("max.connections") == 8 && changed.long("log.retention.ms") == 7)
        #expect(changed.int("max.connections.per.ip") == Int(Int32.max), "another broker's")
        // Such records may come from elsewhere.
        try set("1", "max.connections", "many")
        try set("1", "num.partitions", "3")
        try set("1", "no.such.key", "3")
        let sane = config.changed(by: image)
        #expect(
            sane.int("max.connections") == 6 && sane.int("num.partitions") == 2 && sane.values["no.such.key"] == nil)
    }

    @Test func `the old name of the node's id is understood`() throws {
        #expect(try BrokerConfig(layers: [["broker.id": "9"]]).nodeID == 9)
    }

    @Test func `log directories come from the list, else from the one`() throws {
        #expect(try BrokerConfig(layers: [["log.dir": "/a"]]).logDirectories == ["/a"])
        let both = try BrokerConfig(layers: [["log.dir": "/a", "log.dirs": "/b, /c"]])
        #expect(both.logDirectories == ["/b", "/c"])
        #expect(both.metadataDirectory == "/b")
        #expect(try BrokerConfig(layers: [["metadata.log.dir": "/m"]]).metadataDirectory == "/m")
    }
}

struct ListenerTests {
    @Test(arguments: [
        ("PLAINTEXT://:9092", "PLAINTEXT", "", 9092), ("plaintext://localhost:0", "PLAINTEXT", "localhost", 0),
        ("SSL://[::1]:9093", "SSL", "::1", 9093), ("A_B://[2001:db8::5]:65535", "A_B", "2001:db8::5", 65535),
        ("INTERNAL://10.0.0.1:1", "INTERNAL", "10.0.0.1", 1),
    ])
    func `an address is read`(text: String, name: String, host: String, port: Int) throws {
        let listener = try #require(Listener(text))
        #expect(listener == Listener(name: name, host: host, port: port))
        #expect(Listener(listener.description) == listener)
    }

    @Test(arguments: [
        "", "PLAINTEXT", "PLAINTEXT://", "PLAINTEXT://host", "://host:1", "PLAINTEXT://host:", "PLAINTEXT://host:x",
        "PLAINTEXT://host:65536", "PLAINTEXT://host:-1", "PLAINTEXT:/host:1", "host:9092",
    ])
    func `anything else is refused`(text: String) {
        #expect(Listener(text) == nil)
    }
}
