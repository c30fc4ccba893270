import Testing

@testable import BrokerPluginAPI

@Suite struct PluginConfigurationTests {
    enum Mode: String, CaseIterable, ConfigKeyValue { case strict, lenient }

    struct Everything: PluginConfiguration {
        var flag = false
        var count = 3
        var share = Percent(0.25)
        var factor = 1.5
        var text = "none"
        var mode = Mode.strict
        var words: [String] = []
        var age = Duration.seconds(90)
        var size = ByteCount(512 << 10)
        var token = ""
        var retention: Int64 = 7

        static let schema = PluginSchema<Self> {
            ConfigKey("flag", \.flag, "A flag.")
            ConfigKey("count", \.count, "A count.", in: 1...64)
            ConfigKey("share", \.share, "A share.")
            ConfigKey("factor", \.factor, "A factor.", in: 0...10)
            ConfigKey("text", \.text, "A text.") { $0.isEmpty ? "something" : nil }
            ConfigKey("mode", \.mode, "A mode.")
            ConfigKey("words", \.words, "Words.").renamed(from: "names")
            ConfigKey("age", \.age, "An age.")
            ConfigKey("size", \.size, "A size.")
            ConfigKey("token", \.token, "A token.").secret()
            ConfigKey(shared: "retention.ms", \.retention)
        }

        var problem: String? { mode == .lenient && count > 10 ? "At most 10 when lenient." : nil }
    }

    private static let prefix = "partitioner.all"

    private func read(_ values: [String: String]) throws(PluginError) -> Everything {
        try Everything.schema.configuration(prefix: Self.prefix) { values[$0] }
    }

    @Test func `what nobody sets has the value of the declaration`() throws {
        let read = try read([:])
        #expect(read.count == 3 && read.share == Percent(0.25) && read.age == .seconds(90) && read.retention == 7)
    }

    @Test func `every type is read from the text a user writes`() throws {
        let read = try read(
            [
                "partitioner.all.flag": "TRUE", "partitioner.all.count": "64", "partitioner.all.share": "40%",
                "partitioner.all.factor": "0.5", "partitioner.all.text": "x", "partitioner.all.mode": "lenient",
                "partitioner.all.words": " a, b ,,c", "partitioner.all.age": "7d", "partitioner.all.size": "16MiB",
                "partitioner.all.token": "s3cret", "retention.ms": "11",
                "partitioner.other.count": "9",
            ].merging(["partitioner.all.count": "9"]) { $1 })
        #expect(read.flag && read.count == 9 && read.share == Percent(0.4) && read.factor == 0.5 && read.text == "x")
        #expect(read.mode == .lenient && read.words == ["a", "b", "c"] && read.age == .seconds(7 * 86_400))
        #expect(read.size == ByteCount(16 << 20) && read.token == "s3cret" && read.retention == 11)
    }

    @Test(arguments: [
        ("flag", "yes", "true or false"), ("count", "0", "an integer from 1 to 64"),
        ("count", "many", "an integer from 1 to 64"), ("count", "9223372036854775808", "an integer from 1 to 64"),
        ("share", "101%", "a share of at most 100% (25%, 0.25)"), ("factor", "nan", "a number from 0.0 to 10.0"),
        ("text", "", "something"), ("mode", "odd", "one of strict, lenient"),
        ("age", "7w", "a duration (7d, 30s, 500ms)"),
        ("age", "9223372036854775807d", "a duration (7d, 30s, 500ms)"),
        ("size", "-1", "a number of bytes (512KiB, 16MiB)"),
    ])
    func `a wrong value is refused with the key, the value and what would be right`(
        key: String, value: String, right: String
    ) {
        let name = "\(Self.prefix).\(key)"
        #expect(throws: PluginError.reject("Invalid value '\(value)' for '\(name)': it must be \(right).")) {
            _ = try read([name: value])
        }
        let definition = ConfigSchema(Everything.schema.definitions(prefix: Self.prefix))
        #expect(
            definition.problem(setting: name, to: value)
                == "Invalid value '\(value)' for '\(name)': it must be \(right).",
            "admin clients are told the same")
    }

    @Test func `a word that is nearly right is put right`() {
        let definitions = ConfigSchema(Everything.schema.definitions(prefix: Self.prefix))
        let words =
            "Invalid value 'lenent' for 'partitioner.all.mode': it must be one of strict, lenient. "
            + "Did you mean 'lenient'?"
        #expect(definitions.problem(setting: "partitioner.all.mode", to: "lenent") == words)
        #expect(throws: PluginError.reject(words)) { _ = try read(["partitioner.all.mode": "lenent"]) }
    }

    @Test(arguments: ["v", "\u{301}"])
    func `of a long value only the beginning is repeated`(letter: String) throws {
        let definitions = ConfigSchema(Everything.schema.definitions(prefix: Self.prefix))
        let long = String(repeating: letter, count: 30_000 / letter.utf8.count)
        for name in ["mode", "count", "flag"].map({ "\(Self.prefix).\($0)" }) + [long] {
            let problem = try #require(definitions.problem(setting: name, to: long))
            #expect(problem.utf8.count < 400 && problem.contains("…'"))
        }
    }

    @Test func `what does not fit together is refused`() {
        #expect(throws: PluginError.reject("At most 10 when lenient.")) {
            _ = try read(["partitioner.all.mode": "lenient", "partitioner.all.count": "11"])
        }
    }

    @Test func `options in backquotes become what users write, and nothing else does`() {
        func spelled(_ sentence: String) -> String {
            Everything.schema.spelledOut(sentence, prefix: "partitioner.gold")
        }
        #expect(
            spelled("`text` or `retention.ms` must be set.")
                == "'partitioner.gold.text' or 'retention.ms' must be set.")
        #expect(spelled("`nothing` is no option, and text is one.") == "`nothing` is no option, and text is one.")
        #expect(spelled("``text`` `mode` `flag") == "``text`` 'partitioner.gold.mode' `flag")
        for same in ["", "text", "`", "`text", "a `` b", "'text'"] { #expect(spelled(same) == same) }
    }

    @Test func `what is wrong is said in the names of the plug-in's registration`() {
        struct Fussy: Partitioner, Plugin {
            static let name = "fussy"
            static let summary = "Never content."
            struct Configuration: PluginConfiguration {
                var (first, second) = (false, false)
                static let schema = PluginSchema<Self> {
                    ConfigKey("first", \.first, "Goes without `second`.")
                    ConfigKey("second.one", \.second, "The other.")
                }
                var problem: String? { first && second ? "`first` excludes `second.one`." : nil }
            }
            init(_ configuration: Configuration) throws(PluginError) {
                guard !configuration.second else { throw .retry("Not yet: `second.one`.") }
            }
            func partition(for record: PartitionerContext) -> PartitionIndex { 0 }
        }
        let registration = PluginRegistration(Fussy.self, as: "gold")
        #expect(
            registration.problem { _ in "true" } == "'partitioner.gold.first' excludes 'partitioner.gold.second.one'.")
        #expect(throws: PluginError.retry("Not yet: 'partitioner.gold.second.one'.")) {
            let _: any Partitioner = try registration.instance { $0.hasSuffix("one") ? "true" : nil }
        }
        #expect(registration.definitions.first?.documentation == "Goes without `second`.", "there is no such option")
    }

    @Test func `a name that was changed is still understood, and the new one wins`() throws {
        #expect(try read(["partitioner.all.names": "old"]).words == ["old"])
        #expect(try read(["partitioner.all.names": "old", "partitioner.all.words": "new"]).words == ["new"])
        #expect(ConfigSchema(Everything.schema.definitions(prefix: Self.prefix))["partitioner.all.names"] != nil)
    }

    @Test func `the definitions have types, defaults and documentation, and secrets are secret`() throws {
        let schema = ConfigSchema(Everything.schema.definitions(prefix: Self.prefix))
        #expect(schema.definitions.count == 10, "shared keys are declared elsewhere")
        let size = try #require(schema["partitioner.all.size"])
        #expect(size.type == .string && size.standard == "512KiB" && size.documentation == "A size.")
        #expect(schema["partitioner.all.age"]?.standard == "90s" && schema["partitioner.all.share"]?.standard == "25%")
        #expect(schema["partitioner.all.count"]?.type == .long && schema["partitioner.all.token"]?.type == .password)
        #expect(schema["partitioner.all.mode"]?.examples == ["strict", "lenient"])
        #expect(schema.unknown("partitioner.all.cuont").contains("'partitioner.all.count'"))
    }

    @Test func `a secret value is not repeated in an error`() {
        struct Guarded: PluginConfiguration {
            var pin = 1
            static let schema = PluginSchema<Self> { ConfigKey("pin", \.pin, "A number.").secret() }
        }
        #expect(throws: PluginError.reject("Invalid value '…' for 'x.pin': it must be an integer.")) {
            _ = try Guarded.schema.configuration(prefix: "x") { _ in "hunter2" }
        }
        #expect(
            ConfigSchema(Guarded.schema.definitions(prefix: "x")).problem(setting: "x.pin", to: "hunter2")
                == "Invalid value '…' for 'x.pin': it must be an integer.")
    }

    @Test(arguments: [
        ("0", 0), ("1", 1), ("1B", 1), ("1KiB", 1024), ("1 MiB", 1 << 20), ("2GiB", 2 << 30), ("1TiB", 1 << 40),
        ("1kB", 1000), ("5MB", 5_000_000),
    ])
    func `bytes are read in units and written back in whole ones`(text: String, bytes: Int64) throws {
        #expect(ByteCount(configText: text) == ByteCount(bytes))
        #expect(ByteCount(configText: ByteCount(bytes).configText) == ByteCount(bytes))
    }
}
