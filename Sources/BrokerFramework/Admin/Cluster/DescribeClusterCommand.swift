public import ArgumentParser
internal import BrokerClient
internal import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire

/// `cluster describe`.
public struct DescribeClusterCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Show the cluster's id, brokers, quorum and features.",
        discussion: """
            With --verbose also the versions of each API that each broker answers, which says \
            what a client can expect of it.

            EXAMPLES
              broker cluster describe
              broker cluster describe -b kafka-1:9092,kafka-2:9092 --verbose
              broker cluster describe --output json | jq -r .clusterId
            """)

    @Flag(name: [.short, .long], help: "Also show the versions of each API.")
    var verbose = false
    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func run() async throws {
        try await connection.withCluster { cluster in
            let report = try await ClusterReport(AdminClient(cluster: cluster), isVerbose: verbose)
            var out = Output()
            switch output {
            case .text: report.write(to: &out)
            case .json: out.line(report.json)
            }
            out.flush()
        }
    }
}

/// What `cluster describe` tells.
private struct ClusterReport {
    private let cluster: ClusterDescription
    /// Nil where the cluster does not tell.
    private let quorum: QuorumDescription?
    private let features: [ClusterFeature]?
    private let versions: [(broker: NodeID, versions: SupportedVersions)]

    init(_ admin: AdminClient, isVerbose: Bool) async throws {
        cluster = try await admin.describeCluster()
        quorum = try await Self.ifServed { () async throws(ClientError) in try await admin.describeQuorum() }
        features = try await Self.ifServed { () async throws(ClientError) in try await admin.describeFeatures() }
        var versions: [(NodeID, SupportedVersions)] = []
        for broker in isVerbose ? cluster.brokers : [] where !cluster.fencedBrokers.contains(broker.id) {
            versions.append((broker.id, try await admin.describeVersions(of: broker.id)))
        }
        self.versions = versions
    }

    private static func ifServed<Value>(
        _ ask: () async throws(ClientError) -> Value
    ) async throws(ClientError) -> Value? {
        do throws(ClientError) { return try await ask() } catch {
            guard error.code == .unsupportedVersion || error.server == .unsupportedVersion else { throw error }
            return nil
        }
    }

    func write(to out: inout Output) {
        out.line("Cluster     \(cluster.clusterID)")
        out.line("Controller  \(cluster.controller.map { "broker \($0)" } ?? "none")")
        out.line("Brokers     \(cluster.brokers.count)")
        var brokers = TextTable(["ID", "ADDRESS", "RACK", "STATE"])
        for broker in cluster.brokers {
            brokers.append([
                "\(broker.id)", "\(broker.address)", broker.rack,
                cluster.fencedBrokers.contains(broker.id) ? "fenced" : "active",
            ])
        }
        brokers.write(to: &out, indent: 2)
        if let quorum { write(quorum, to: &out) }
        if let features, !features.isEmpty {
            out.line("Features")
            var table = TextTable(["NAME", "LEVEL", "SUPPORTED"])
            for feature in features {
                let supported = feature.supportedLevels.map { "\($0.lowerBound) to \($0.upperBound)" }
                table.append([feature.name, "\(feature.level)", supported])
            }
            table.write(to: &out, indent: 2)
        }
        writeVersions(to: &out)
    }

    private func write(_ quorum: QuorumDescription, to out: inout Output) {
        let leader = quorum.leader.map { "\($0)" } ?? "none"
        out.line("Quorum      leader \(leader), epoch \(quorum.leaderEpoch), committed up to \(quorum.highWatermark)")
        var table = TextTable(["NODE", "ROLE", "END", "LAG", "CAUGHT UP"])
        let end = (quorum.voters + quorum.observers).map(\.logEndOffset).max() ?? 0
        for (role, replicas) in [("voter", quorum.voters), ("observer", quorum.observers)] {
            for replica in replicas {
                table.append([
                    "\(replica.id)", replica.id == quorum.leader ? "leader" : role, "\(replica.logEndOffset)",
                    "\(end &- replica.logEndOffset)", replica.lastCaughtUpTimestamp.map(Timestamps.format),
                ])
            }
        }
        table.write(to: &out, indent: 2)
    }

    private func writeVersions(to out: inout Output) {
        guard !versions.isEmpty else { return }
        out.line("APIs, by broker")
        var table = TextTable(["KEY", "API"] + versions.map { "\($0.broker)" })
        for key in APIKey.allCases where versions.contains(where: { $0.versions[key] != nil }) {
            table.append(
                ["\(key.rawValue)", key.name]
                    + versions.map { $0.versions[key].map { "\($0.lowerBound) to \($0.upperBound)" } })
        }
        table.write(to: &out, indent: 2)
    }

    var json: JSONValue {
        [
            "clusterId": .string(cluster.clusterID),
            "controller": cluster.controller.map(JSONValue.integer) ?? .null,
            "brokers": .array(cluster.brokers.map(json)), "quorum": quorum.map(json) ?? .null,
            "features": features.map { .array($0.map(json)) } ?? .null,
        ]
    }

    private func json(_ broker: BrokerNode) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "id", value: .integer(broker.id)), .init(name: "host", value: .string(broker.address.host)),
            .init(name: "port", value: .integer(broker.address.port)),
            .init(name: "rack", value: .optional(broker.rack)),
            .init(name: "fenced", value: .bool(cluster.fencedBrokers.contains(broker.id))),
        ]
        if let told = versions.first(where: { $0.broker == broker.id }) {
            let apis = APIKey.allCases.compactMap { key -> JSONValue? in
                told.versions[key].map {
                    [
                        "key": .integer(key.rawValue), "name": .string(key.name), "min": .integer($0.lowerBound),
                        "max": .integer($0.upperBound),
                    ]
                }
            }
            members.append(.init(name: "apis", value: .array(apis)))
        }
        return .object(members)
    }

    private func json(_ quorum: QuorumDescription) -> JSONValue {
        let replica = { (replica: QuorumDescription.Replica) -> JSONValue in
            [
                "id": .integer(replica.id),
                "directoryId": replica.directoryID == .zero ? .null : .string("\(replica.directoryID)"),
                "logEndOffset": .integer(replica.logEndOffset),
                "lastFetchTimestamp": replica.lastFetchTimestamp.map(JSONValue.integer) ?? .null,
                "lastCaughtUpTimestamp": replica.lastCaughtUpTimestamp.map(JSONValue.integer) ?? .null,
            ]
        }
        return [
            "leader": quorum.leader.map(JSONValue.integer) ?? .null, "leaderEpoch": .integer(quorum.leaderEpoch),
            "highWatermark": .integer(quorum.highWatermark), "voters": .array(quorum.voters.map(replica)),
            "observers": .array(quorum.observers.map(replica)),
        ]
    }

    private func json(_ feature: ClusterFeature) -> JSONValue {
        [
            "name": .string(feature.name), "level": .integer(feature.level),
            "minSupported": feature.supportedLevels.map { .integer($0.lowerBound) } ?? .null,
            "maxSupported": feature.supportedLevels.map { .integer($0.upperBound) } ?? .null,
        ]
    }
}
