internal import BrokerClient
internal import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore

/// The topics that `broker dev` begins with, as a file says.
struct DevTopics: Sendable, Equatable {
    private(set) var topics: [NewTopic] = []
    /// In the order of the file.
    private(set) var records: [ProducerRecord] = []

    init() {}

    /// Reads the file and those with records that it names.
    ///
    /// - Throws: `CommandFailure` that says where the file is wrong.
    init(file path: String) throws(CommandFailure) {
        let text: String
        do throws(UnreadableFile) { text = try TextFile.text(path) } catch { throw Self.unreadable(path, error) }
        let json: JSONValue
        do throws(JSONError) { json = try JSONParser.parse(text.utf8) } catch {
            throw Self.wrong("\(path) is \(error).")
        }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        try self.init(json, name: path) { file throws(UnreadableFile) in
            TextFile.lines(of: try TextFile.bytes(file.hasPrefix("/") ? file : folder + file))
        }
    }

    /// The lines of a file with records.
    typealias Lines = (_ file: String) throws(UnreadableFile) -> [ArraySlice<UInt8>]

    init(_ json: JSONValue, name: String, lines: Lines) throws(CommandFailure) {
        guard case .array(let entries) = json else { throw Self.wrong("\(name) is not a JSON list of topics.") }
        for (index, entry) in entries.enumerated() {
            guard case .object(let members) = entry, case .string(let topic)? = entry["name"] else {
                throw Self.wrong("Topic \(index + 1) in \(name) has no \"name\".")
            }
            let known = ["name", "partitions", "configs", "records"]
            if let odd = members.first(where: { !known.contains($0.name) }) {
                throw Self.wrong("Topic '\(topic)' in \(name) has \"\(odd.name)\", which means nothing here.")
            }
            topics.append(
                NewTopic(
                    topic, partitionCount: try Self.partitions(entry["partitions"], topic), replicationFactor: 1,
                    configs: try Self.configs(entry["configs"], topic)))
            try addRecords(entry["records"], of: topic, lines)
        }
    }

    private static func partitions(_ json: JSONValue?, _ topic: String) throws(CommandFailure) -> Int32? {
        switch json {
        case nil, .null?: return nil
        case .integer(let count)? where (1...10_000).contains(count): return Int32(count)
        default: throw wrong("\"partitions\" of '\(topic)' must be a number from 1 to 10000.")
        }
    }

    private static func configs(_ json: JSONValue?, _ topic: String) throws(CommandFailure) -> [String: String] {
        switch json {
        case nil, .null?: return [:]
        case .object(let members)?:
            var configs: [String: String] = [:]
            for member in members {
                // Numbers and truths look the same in Kafka's texts; times and sizes may have units, as in commands.
                if case .string(let text) = member.value {
                    configs[member.name] = HumanUnits.plain(text, for: member.name)
                } else {
                    configs[member.name] = member.value.description
                }
            }
            return configs
        default: throw wrong("\"configs\" of '\(topic)' must be an object.")
        }
    }

    private mutating func addRecords(
        _ json: JSONValue?, of topic: String, _ lines: Lines
    ) throws(CommandFailure) {
        switch json {
        case nil, .null?: return
        case .array(let items)?:
            for (index, item) in items.enumerated() {
                try addRecord(item.description.utf8, of: topic, "Record \(index + 1) of '\(topic)'")
            }
        case .string(let file)?:
            let found: [ArraySlice<UInt8>]
            do throws(UnreadableFile) { found = try lines(file) } catch {
                throw Self.unreadable(file, error, recordsOf: topic)
            }
            for (index, line) in found.enumerated() { try addRecord(line, of: topic, "Line \(index + 1) of \(file)") }
        default: throw Self.wrong("\"records\" of '\(topic)' must be a list, or the name of a file.")
        }
    }

    private mutating func addRecord(
        _ line: some Collection<UInt8>, of topic: String, _ place: String
    ) throws(CommandFailure) {
        do throws(JSONError) {
            records.append(
                try RecordJSON.record(line, topic: topic, keepsPartition: true, keepsTimestamp: true))
        } catch { throw Self.wrong("\(place) is \(error).") }
    }

    private static func unreadable(
        _ path: String, _ error: UnreadableFile, recordsOf topic: String? = nil
    ) -> CommandFailure {
        CommandFailure(
            "Cannot read \(path)\(topic.map { ", the records of topic '\($0)'" } ?? ""): \(error).", kind: .inputOutput,
            advice: "Is the path right, and may this user read it?")
    }

    private static func wrong(_ message: String) -> CommandFailure {
        CommandFailure(message, kind: .badInput, advice: "'broker help dev' shows a file of topics.")
    }

    // MARK: Creating

    /// Creates the topics and sends their records; returns when all are there.
    func create(at address: BrokerAddress) async throws(CommandFailure) {
        let cluster = Cluster(ClientConfiguration(bootstrapServers: [address]))
        do throws(ClientError) {
            for result in try await AdminClient(cluster: cluster).createTopics(topics) { _ = try result.get() }
            try await send(through: cluster)
        } catch {
            await cluster.close()
            throw CommandFailure(error, servers: address.description)
        }
        await cluster.close()
    }

    private func send(through cluster: Cluster) async throws(ClientError) {
        guard !records.isEmpty else { return }
        let producer = try Producer(cluster: cluster, plugins: AdminPlugins.current)
        let results = await producer.send(contentsOf: records)
        await producer.close()
        for result in results { _ = try result.get() }
    }
}
