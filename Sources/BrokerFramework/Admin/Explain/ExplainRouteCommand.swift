public import ArgumentParser
internal import BrokerClient
internal import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore

/// `explain route`.
public struct ExplainRouteCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "route", abstract: "Show the partition of a key, and the reason.",
        discussion: """
            Asks the topic's partitioner, with the topic's options, without sending anything. With --from-file it \
            shows how the keys of a file, one per line, would be spread. --partitioner and -c try what another \
            partitioner, or other options, would do. Nothing is created: the topic must be there.

            EXAMPLES
              broker explain route --topic orders --key acme
              broker explain route --topic orders --key acme --header tier=gold
              broker explain route --topic orders --partitions 12 --from-file keys.txt
              broker explain route --topic orders --key acme --partitioner vip -c partitioner.vip.keys=acme
            """)

    @Option(name: [.short, .long], help: "The topic.", completion: .custom(Candidates.topics))
    var topic: String
    @Option(name: [.short, .long], help: "The record's key; none if left out.")
    var key: String?
    @Option(
        name: [.customShort("H"), .long], help: ArgumentHelp("A header. May be repeated.", valueName: "name=value"))
    var header: [KeyValue] = []
    @Option(
        help: ArgumentHelp("A file of keys, one per line, to see how they are spread.", valueName: "path"),
        completion: .file())
    var fromFile: String?
    @Option(help: "Another number of partitions than the topic has.")
    var partitions: Int32?
    @Option(
        help: ArgumentHelp("Another partitioner than the topic's.", valueName: "name"),
        completion: .custom(Candidates.partitioners))
    var partitioner: String?
    @Option(
        name: [.customShort("c"), .long],
        help: ArgumentHelp("An option to try. May be repeated.", valueName: "key=value"),
        completion: .custom(Candidates.partitionerOptions))
    var config: [KeyValue] = []
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func validate() throws {
        if let partitions, partitions < 1 { throw ValidationError("--partitions must be at least 1.") }
        if fromFile != nil, key != nil { throw ValidationError("Use --key or --from-file, not both.") }
        if partitioner != nil, config.contains(where: { $0.name == PluginKind.partitioner.prefix }) {
            throw ValidationError("Use --partitioner or -c \(PluginKind.partitioner.prefix)=…, not both.")
        }
    }

    public func run() async throws {
        try await connection.withCluster(topics: [topic]) { cluster in
            let metadata = try await AdminClient(cluster: cluster).describeTopic(topic)
            let configs = try await ConfiguredPartitioner(of: topic, cluster)
            let tried = Dictionary(config.map { ($0.name, $0.value) }) { $1 }
            let other = partitioner ?? tried[PluginKind.partitioner.prefix]
            let name = other ?? configs.name ?? AdminPlugins.standardPartitioner
            try Self.judge(config, for: name)
            let chosen = try configs.instance(from: AdminPlugins.current, named: other, options: tried)
            guard let explaining = chosen as? any ExplainablePartitioner else {
                throw CommandFailure(
                    "The partitioner '\(name)' does not say where a record belongs.",
                    advice: "Its type must conform to ExplainablePartitioner for that.")
            }
            let count = partitions ?? Int32(clamping: metadata.partitions.count)
            if let fromFile {
                try spread(of: fromFile, over: count, explaining, name)
            } else {
                explain(explaining, name, over: count)
            }
        }
    }

    /// Refuses what is no option of the partitioner, and values that it cannot have.
    static func judge(_ settings: [KeyValue], for partitioner: String) throws(CommandFailure) {
        let all = AdminPlugins.current.all(.partitioner)
        // One that this command does not have is told with those that it has.
        guard let chosen = all.first(where: { $0.name == partitioner }) else { return }
        let schema = ConfigSchema(all.flatMap(\.definitions))
        for setting in settings where setting.name != PluginKind.partitioner.prefix {
            if let problem = schema.problem(setting: setting.name, to: setting.value) {
                throw CommandFailure(problem, kind: .usage)
            }
            guard ConfigSchema(chosen.definitions)[setting.name] == nil else { continue }
            let owner = all.first { ConfigSchema($0.definitions)[setting.name] != nil }?.name ?? ""
            throw CommandFailure(
                "'\(setting.name)' is an option of the partitioner '\(owner)', and '\(partitioner)' is asked.",
                kind: .usage,
                advice: "Try it with '--partitioner \(owner)', or leave it out.")
        }
    }

    private func context(_ key: ByteBuffer?, _ count: Int32) -> PartitionerContext {
        PartitionerContext(
            topic: topic, key: key, value: nil,
            headers: header.map { Record.Header(key: $0.name, value: ByteBuffer(string: $0.value)) },
            partitionCount: count, availablePartitions: Array(0..<count))
    }

    private func explain(_ partitioner: any ExplainablePartitioner, _ name: String, over count: Int32) {
        let route = partitioner.explain(context(key.map { ByteBuffer(string: $0) }, count))
        var out = Output()
        switch output {
        case .text:
            let place =
                route.partitions.count == 1
                ? "partition \(route.partitions.lowerBound)"
                : "any of the partitions \(route.partitions.lowerBound) to \(route.partitions.upperBound - 1)"
            out.line("\(place) of \(count), because \(route.reason) (partitioner \(name))")
        case .json:
            out.line([
                "topic": .string(topic), "key": .optional(key), "partitioner": .string(name),
                "partitions": .array(route.partitions.map { .integer(Int($0)) }),
                "partitionCount": .integer(Int(count)), "reason": .string(route.reason),
            ])
        }
        out.flush()
    }

    private func spread(
        of path: String, over count: Int32, _ partitioner: any ExplainablePartitioner, _ name: String
    ) throws {
        let keys: [ArraySlice<UInt8>]
        do throws(UnreadableFile) { keys = TextFile.lines(of: try TextFile.bytes(path)) } catch {
            throw CommandFailure("Cannot read \(path): \(error).", kind: .inputOutput)
        }
        var counts = [Int](repeating: 0, count: Int(count))
        var total = 0
        for key in keys {
            let chosen = partitioner.partition(for: context(ByteBuffer(bytes: key), count))
            guard counts.indices.contains(Int(chosen)) else {
                throw CommandFailure("The partitioner '\(name)' answers \(chosen), and there are \(count) partitions.")
            }
            counts[Int(chosen)] += 1
            total += 1
        }
        var out = Output()
        switch output {
        case .text:
            var table = TextTable(["PARTITION", "KEYS", "SHARE"])
            for (partition, keys) in counts.enumerated() {
                let share = total == 0 ? 0 : Double(keys) * 1000 / Double(total)
                table.append(["\(partition)", "\(keys)", "\(share.rounded() / 10) %"])
            }
            table.write(to: &out)
        case .json:
            for (partition, keys) in counts.enumerated() {
                out.line(["partition": .integer(partition), "keys": .integer(keys), "of": .integer(total)])
            }
        }
        out.flush()
    }
}
