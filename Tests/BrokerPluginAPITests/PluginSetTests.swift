import BrokerModel
import BrokerPluginAPI
import NIOCore
import Testing

private struct First: Partitioner, Plugin {
    static let name = "first"
    static let summary = "The first partition."
    init(_ configuration: NoConfiguration) {}
    func partition(for record: PartitionerContext) -> PartitionIndex { 0 }
}

private struct Fixed: Partitioner, Plugin {
    static let name = "fixed"
    static let summary = "One partition."
    struct Configuration: PluginConfiguration {
        var partition = 2
        static let schema = PluginSchema<Self> { ConfigKey("partition", \.partition, "Which.", in: 0...9) }
    }
    let number: PartitionIndex
    init(_ configuration: Configuration) throws(PluginError) {
        guard configuration.partition != 7 else { throw .reject("Not seven.") }
        number = PartitionIndex(configuration.partition)
    }
    func partition(for record: PartitionerContext) -> PartitionIndex { number }
}

private struct Nothing: CleanupPolicy, Plugin {
    static let name = "first"
    static let summary = "Everything stays."
    init(_ configuration: NoConfiguration) {}
    func plan(for log: CleanupLog) -> CleanupPlan { .nothing }
}

private let record = PartitionerContext(topic: "t", key: nil, value: nil, partitionCount: 4, availablePartitions: [])

private func choice(_ registration: PluginRegistration?, _ values: [String: String] = [:]) throws -> PartitionIndex? {
    try registration?.instance(of: (any Partitioner).self) { values[$0] }.partition(for: record)
}

@Suite struct PluginSetTests {
    @Test func `plug-ins are there in the order written, kinds apart`() throws {
        let both = true
        let set = try PluginSet {
            Use(First.self)
            PluginGroup {
                Use(Nothing.self)
                if both { Use(Fixed.self) }
            }
            for name in ["a", "b"] { Use(Fixed.self, as: name) }
        }
        #expect(set.registrations.map(\.name) == ["first", "first", "fixed", "a", "b"])
        #expect(set.all(.partitioner).map(\.name) == ["first", "fixed", "a", "b"])
        #expect(set[.cleanupPolicy, "first"]?.summary == "Everything stays.")
    }

    @Test func `an instance is made of the options under its own name`() throws {
        let set = try PluginSet {
            Use(Fixed.self)
            Use(Fixed.self, as: "other")
        }
        let values = ["partitioner.fixed.partition": "3", "partitioner.other.partition": "5"]
        #expect(try choice(set[.partitioner, "fixed"], values) == 3)
        #expect(try choice(set[.partitioner, "other"], values) == 5)
        #expect(try choice(set[.partitioner, "other"]) == 2)
        #expect(set[.partitioner, "other"]?.definitions.map(\.name) == ["partitioner.other.partition"])
    }

    @Test func `what is wrong with options is said in the words of the schema or of the plug-in`() throws {
        let fixed = try #require(try PluginSet { Use(Fixed.self) }[.partitioner, "fixed"])
        #expect(fixed.problem { _ in nil } == nil)
        #expect(
            fixed.problem { _ in "10" }
                == "Invalid value '10' for 'partitioner.fixed.partition': it must be an integer from 0 to 9.")
        #expect(fixed.problem { _ in "7" } == "Not seven.")
    }

    @Test func `two of one kind and name are an error that names both`() {
        let error = #expect(throws: PluginSetError.self) {
            try PluginSet {
                Use(First.self)
                Use(Fixed.self, as: "first")
            }
        }
        #expect(error?.message.contains("BrokerPluginAPITests") == true)
        #expect(error?.message.contains("First and ") == true && error?.message.contains("Fixed. Give") == true)
    }

    private struct Options<Mistake>: Partitioner, Plugin {
        static var name: String { "options" }
        static var summary: String { "Has options that are declared badly." }
        struct Configuration: PluginConfiguration {
            var count = 500
            var size = ByteCount(1)
            static var schema: PluginSchema<Self> {
                PluginSchema {
                    if Mistake.self == Int.self { ConfigKey("count", \.count, "Out of bounds.", in: 1...5) }
                    if Mistake.self == String.self {
                        ConfigKey("size", \.size, "Twice.")
                        ConfigKey("count", \.count, "Was called as the other.").renamed(from: "size")
                    }
                    if Mistake.self == Bool.self { ConfigKey("Max Size", \.size, "Misnamed.") }
                }
            }
        }
        init(_ configuration: Configuration) {}
        func partition(for record: PartitionerContext) -> PartitionIndex { 0 }
    }

    @Test func `options that are declared badly are an error when the broker is put together`() {
        func problem(_ component: Use) -> String? {
            do throws(PluginSetError) {
                _ = try PluginSet { component }
                return nil
            } catch { return error.message }
        }
        #expect(problem(Use(Options<Double>.self)) == nil)
        #expect(
            problem(Use(Options<Int>.self))?
                .contains("has the default 500, and it must be an integer from 1 to 5.") == true)
        #expect(problem(Use(Options<String>.self))?.hasSuffix("is declared twice.") == true)
        #expect(problem(Use(Options<Bool>.self))?.hasPrefix("'partitioner.options.Max Size', an option of") == true)
    }

    @Test func `a plug-in is removed by its type or its name`() throws {
        let set = try PluginSet {
            Use(First.self)
            Use(Fixed.self, as: "second")
            Use(Fixed.self)
            Remove(First.self)
            Remove(Fixed.self, as: "second")
        }
        #expect(set.registrations.map(\.name) == [Fixed.name])
        let error = #expect(throws: PluginSetError.self) {
            try PluginSet {
                Use(First.self)
                Remove(.codec, First.name)
            }
        }
        #expect(error?.message.hasSuffix("'\(First.name)' is a partitioner.") == true)
    }

    @Test func `a replacement answers to the old name, in the old place`() throws {
        let set = try PluginSet {
            Use(First.self)
            Use(Fixed.self, as: "last")
            Replace(First.self, with: Fixed.self)
        }
        #expect(set.registrations.map(\.name) == ["first", "last"])
        #expect(try choice(set[.partitioner, "first"], ["partitioner.first.partition": "4"]) == 4)
    }

    @Test func `a plug-in cannot take the place of one of another kind`() {
        let error = #expect(throws: PluginSetError.self) {
            try PluginSet {
                Use(First.self)
                Replace(First.self, with: Nothing.self)
            }
        }
        #expect(error?.message.hasSuffix("First, a partitioner.") == true)
    }

    @Test func `one registered by hand as what it is not makes no instance`() {
        let liar = PluginRegistration(.partitioner, name: "liar", summary: "None.", typeName: "Liar") { _ in 4 }
        #expect(throws: PluginError.reject("Liar is no partitioner, which it was registered as.")) {
            try liar.instance(of: (any Partitioner).self) { _ in nil }
        }
    }

    @Test func `what is not there cannot be replaced or removed`() {
        #expect(
            throws: PluginSetError(
                message: "There is no partitioner named 'first' to be replaced. Did you mean 'fist'?")
        ) {
            try PluginSet {
                Use(Fixed.self, as: "fist")
                Replace(First.self, with: Fixed.self)
            }
        }
        #expect(
            throws: PluginSetError(
                message: "There is no codec named 'x' to be removed. This broker was assembled without any.".replacing(
                    "codec", with: "compression codec"))
        ) { try PluginSet { Remove(.codec, "x") } }
    }

    @Test func `a group's plug-in can be taken out again`() throws {
        let set = try PluginSet {
            PluginGroup {
                Use(First.self)
                Use(Fixed.self)
            }
            Remove(.partitioner, "first")
        }
        #expect(set.registrations.map(\.name) == ["fixed"])
    }

    @Test(arguments: ["", "VIP", "1st", "a_b", "a.b", "-a", "ä"])
    func `a name that no configuration could spell is refused`(name: String) {
        #expect(throws: PluginSetError.self) { try PluginSet { Use(First.self, as: name) } }
    }

    @Test func `functions are plug-ins too`() throws {
        let set = try PluginSet {
            Use(.partitioner("last") { $0.partitionCount - 1 })
            Use(.authorizer("readers") { action, _ in action.operation == .read })
            Use(.cleanupPolicy("all") { CleanupPlan(deleteBelow: $0.segments.last?.nextOffset) })
        }
        #expect(try choice(set[.partitioner, "last"]) == 3)
        let readers: any Authorizer = try #require(set[.authorizer, "readers"]).instance { _ in nil }
        let context = RequestContext(principal: "User:a", host: "h", listener: "l", clientID: nil)
        #expect(
            try readers.authorize([.topic(.read, "t"), .topic(.write, "t")], for: context) == [
                .allowed, .denied,
            ])
        #expect(set[.partitioner, "last"]?.typeName.hasPrefix("BrokerPluginAPITests/PluginSetTests.swift:") == true)
    }
}
