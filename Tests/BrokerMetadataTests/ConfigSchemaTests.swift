import BrokerMetadata
import BrokerPluginAPI
import Testing

struct ConfigSchemaTests {
    @Test func `every default satisfies its own rule`() {
        for schema in [ConfigSchema.broker, .topic, .group, .clientMetrics] {
            for definition in schema.definitions {
                guard let standard = definition.standard else { continue }
                #expect(definition.problem(with: standard) == nil, "\(definition.name)=\(standard)")
            }
        }
    }

    @Test func `no key is declared twice`() {
        for schema in [ConfigSchema.broker, .topic, .group, .clientMetrics] {
            let names = schema.definitions.map(\.name)
            #expect(Set(names).count == names.count)
        }
    }

    @Test func `every config of Kafka 4_3 is there, and says what it is`() {
        // As many as Kafka has, without those of ZooKeeper and of clients.
        #expect(ConfigSchema.topic.definitions.count == 33)
        #expect(ConfigSchema.broker.definitions.count == 359 + 4, "Four are this broker's own.")
        #expect(ConfigSchema.group.definitions.count == 17)
        for schema in [ConfigSchema.broker, .topic, .group, .clientMetrics] {
            for definition in schema.definitions { #expect(definition.documentation.count > 15, "\(definition.name)") }
        }
    }

    @Test func `every broker key that gives a group's default has the same`() throws {
        for definition in ConfigSchema.group.definitions {
            for synonym in definition.synonyms {
                #expect(try #require(ConfigSchema.broker[synonym.name]).standard == definition.standard)
            }
        }
    }

    @Test(arguments: ["ssl.keystore.password", "ssl.keystore.key", "sasl.jaas.config", "delegation.token.secret.key"])
    func `secrets are secrets`(name: String) throws {
        #expect(try #require(ConfigSchema.broker[name]).type == .password)
    }

    @Test(arguments: [
        ("192.0.2.1:5", true), ("a:1,2001:db8::1:2", true), ("", true), ("a", false), ("a:", false), (":1", false),
        ("a:-1", false), ("a:1,b", false),
    ])
    func `counts by name are counts by name`(value: String, isGood: Bool) {
        #expect((ConfigSchema.broker.problem(setting: "max.connections.per.ip.overrides", to: value) == nil) == isGood)
    }

    @Test func `every broker key that gives a topic's default is a broker key`() {
        for definition in ConfigSchema.topic.definitions {
            for synonym in definition.synonyms {
                #expect(ConfigSchema.broker[synonym.name] != nil, "\(synonym.name)")
                // As in Kafka, only the key in the topic config's own unit can be changed while the broker runs.
                let isFixed = synonym.factor > 1 || synonym.name == "log.flush.scheduler.interval.ms"
                #expect(ConfigSchema.broker[synonym.name]?.isReadOnly == isFixed, "\(synonym.name)")
            }
        }
    }

    @Test(arguments: [
        ("retention.ms", "-1"), ("retention.ms", "9223372036854775807"), ("cleanup.policy", "compact, delete"),
        ("cleanup.policy", ""), ("compression.gzip.level", "-1"), ("compression.gzip.level", "9"),
        ("min.cleanable.dirty.ratio", "0"), ("min.cleanable.dirty.ratio", "1"), ("preallocate", "true"),
        ("compression.zstd.level", "-131072"), ("segment.bytes", "1048576"),
        ("message.timestamp.type", "LogAppendTime"),
    ])
    func `good values are taken`(name: String, value: String) {
        #expect(ConfigSchema.topic.problem(setting: name, to: value) == nil)
    }

    @Test(arguments: [
        ("retention.ms", " 5"), ("retention.ms", "5\n"), ("preallocate", "TRUE"), ("preallocate", " False "),
        ("compression.type", "\tzstd "), ("min.cleanable.dirty.ratio", " 0.25 "), ("cleanup.policy", " compact "),
        ("message.timestamp.type", "CreateTime "),
    ])
    func `blanks around a value and a boolean's case do not matter`(name: String, value: String) {
        #expect(ConfigSchema.topic.problem(setting: name, to: value) == nil)
    }

    @Test func `a value is read as it was meant, a password as it is`() throws {
        func normalized(_ name: String, _ value: String) throws -> String {
            try #require(ConfigSchema.broker[name]).normalized(value)
        }
        #expect(try normalized("max.connections", " 5\r\n") == "5")
        #expect(try normalized("auto.create.topics.enable", " TRUE") == "true")
        #expect(try normalized("auto.create.topics.enable", " Yes") == "Yes")
        #expect(try normalized("broker.rack", " A b\u{a0} ") == "A b\u{a0}", "Java trims what is at most a blank")
        #expect(try normalized("broker.rack", " \t ") == "")
        #expect(try normalized("ssl.keystore.password", " s ") == " s ")
    }

    @Test(arguments: [
        ("retention.ms", "-2"), ("retention.ms", "9223372036854775808"), ("retention.ms", "1.5"),
        ("retention.ms", ""), ("cleanup.policy", "shrink"), ("cleanup.policy", "delete,delete"),
        ("compression.gzip.level", "0"), ("compression.gzip.level", "10"), ("min.cleanable.dirty.ratio", "1.1"),
        ("min.cleanable.dirty.ratio", "nan"), ("preallocate", "yes"), ("segment.bytes", "2147483648"),
        ("segment.bytes", "1048575"), ("message.timestamp.type", "createtime"), ("compression.type", "none"),
        ("min.insync.replicas", "0"),
    ])
    func `bad values are named with their key`(name: String, value: String) throws {
        let problem = try #require(ConfigSchema.topic.problem(setting: name, to: value))
        #expect(problem.contains("'\(name)'"))
    }

    @Test(arguments: [
        ("retention.m", "retention.ms"), ("retntion.bytes", "retention.bytes"), ("cleanup.policies", "cleanup.policy"),
        ("max.mesage.bytes", "max.message.bytes"),
    ])
    func `a slip of the pen is told the key that was meant`(slip: String, meant: String) {
        #expect(ConfigSchema.topic.nearest(to: slip) == meant)
        #expect(ConfigSchema.topic.unknown(slip).contains("Did you mean '\(meant)'?"))
    }

    @Test(arguments: [
        "", "x", "völlig.anders.und.auch.noch.lang", String(repeating: "z", count: 10_000),
        "retention.milliseconds.since.the.record.came.in.or.was.made.at.the.source",
    ])
    func `what resembles no key gets no guess`(name: String) {
        #expect(ConfigSchema.topic.nearest(to: name) == nil)
        #expect(!ConfigSchema.topic.unknown(name).contains("mean"))
    }

    @Test(arguments: [
        ("", []), (" , ,", []), ("a", ["a"]), (" a , b c ,d", ["a", "b c", "d"]), ("a,a", ["a", "a"]),
    ])
    func `a list is split at its commas`(text: String, items: [String]) {
        #expect(ConfigDefinition.items(of: text) == items)
    }
}
