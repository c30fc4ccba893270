import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
import BrokerWire
import Synchronization
import Testing

@testable import BrokerClient

/// A broker 1 that is alone in its cluster, serves what it is given, and counts what it is asked.
private final class LoneBroker: Sendable {
    typealias Answer = @Sendable (ScriptedBroker.Request) -> ScriptedBroker.Reply?

    private let asked = Mutex<[APIKey: Int]>([:])
    private let port = Mutex<Int>(0)

    func count(_ key: APIKey) -> Int { asked.withLock { $0[key] ?? 0 } }

    /// Does `work` with a client of the broker.
    func serve(
        _ versions: [APIKey: ClosedRange<Int16>], _ answer: @escaping Answer,
        _ work: (AdminClient) async throws -> Void
    ) async throws {
        let broker = try await ScriptedBroker.start { [self] request in
            asked.withLock { $0[request.key, default: 0] += 1 }
            if let reply = answer(request) { return reply }
            switch request.key {
            case .apiVersions:
                return .versions(versions.merging([.metadata: 9...12]) { own, _ in own }, to: request)
            case .metadata:
                let me = MetadataResponse.MetadataResponseBroker(
                    nodeID: 1, host: "127.0.0.1", port: Int32(port.withLock { $0 }))
                return .response(MetadataResponse(brokers: [me], clusterID: "c", controllerID: 1), to: request)
            default: return .close
            }
        }
        port.withLock { $0 = broker.address.port }
        let cluster = Cluster(broker.configuration)
        do { try await work(AdminClient(cluster: cluster)) } catch {
            await cluster.close()
            await broker.stop()
            throw error
        }
        await cluster.close()
        await broker.stop()
    }
}

@Suite struct AdminClientTests {
    @Test func `a cluster is described with its fenced brokers`() async throws {
        let answer: LoneBroker.Answer = { request in
            guard request.key == .describeCluster else { return nil }
            let asked = try? DescribeClusterRequest.decode(request.body, version: request.version)
            guard asked?.includeFencedBrokers == true else { return .close }
            return .response(
                DescribeClusterResponse(
                    endpointType: 1, clusterID: "c", controllerID: 1,
                    brokers: [
                        .init(brokerID: 2, host: "b", port: 9, rack: nil, isFenced: true),
                        .init(brokerID: 1, host: "a", port: 8, rack: "r"),
                    ]), to: request)
        }
        try await LoneBroker().serve([.describeCluster: 0...2], answer) { admin in
            let cluster = try await admin.describeCluster()
            #expect(cluster.brokers.map(\.id) == [1, 2])
            #expect(cluster.brokers.first?.rack == "r")
            #expect(cluster.fencedBrokers == [2])
            #expect(cluster.controller == 1)
        }
    }

    @Test func `an older broker is not asked for fenced brokers`() async throws {
        let answer: LoneBroker.Answer = { request in
            guard request.key == .describeCluster else { return nil }
            return .response(DescribeClusterResponse(clusterID: "c", controllerID: -1), to: request)
        }
        try await LoneBroker().serve([.describeCluster: 0...0], answer) { admin in
            let cluster = try await admin.describeCluster()
            #expect(cluster.controller == nil && cluster.fencedBrokers.isEmpty)
        }
    }

    @Test func `features have the level in force and those that could be`() async throws {
        let answer: LoneBroker.Answer = { request in
            guard request.key == .apiVersions else { return nil }
            return .response(
                ApiVersionsResponse(
                    apiKeys: [.init(apiKey: 18, minVersion: 0, maxVersion: 4)],
                    supportedFeatures: [
                        .init(name: "kraft.version", minVersion: 0, maxVersion: 1),
                        .init(name: "off", minVersion: 1, maxVersion: 1),
                    ], finalizedFeaturesEpoch: 3,
                    finalizedFeatures: [
                        .init(name: "kraft.version", maxVersionLevel: 1, minVersionLevel: 1),
                        .init(name: "strange", maxVersionLevel: 7, minVersionLevel: 7),
                    ]), to: request)
        }
        try await LoneBroker().serve([:], answer) { admin in
            let features = try await admin.describeFeatures()
            #expect(features.map(\.name) == ["kraft.version", "off", "strange"])
            #expect(features.map(\.level) == [1, 0, 7])
            #expect(features.map(\.supportedLevels) == [0...1, 1...1, nil])
        }
    }

    @Test func `the quorum is described, with what is not told left open`() async throws {
        let answer: LoneBroker.Answer = { request in
            guard request.key == .describeQuorum else { return nil }
            let asked = try? DescribeQuorumRequest.decode(request.body, version: request.version)
            guard asked?.topics.first?.topicName == "__cluster_metadata" else { return .close }
            let partition = DescribeQuorumResponse.PartitionData(
                partitionIndex: 0, leaderID: 1, leaderEpoch: 4, highWatermark: 90,
                currentVoters: [
                    .init(replicaID: 1, logEndOffset: 91, lastFetchTimestamp: 5, lastCaughtUpTimestamp: -1)
                ], observers: [.init(replicaID: 7, logEndOffset: 80)])
            return .response(
                DescribeQuorumResponse(topics: [.init(topicName: "__cluster_metadata", partitions: [partition])]),
                to: request)
        }
        try await LoneBroker().serve([.describeQuorum: 0...2], answer) { admin in
            let quorum = try await admin.describeQuorum()
            #expect(quorum.leader == 1 && quorum.leaderEpoch == 4 && quorum.highWatermark == 90)
            #expect(quorum.voters.map(\.lastFetchTimestamp) == [5])
            #expect(quorum.voters.map(\.lastCaughtUpTimestamp) == [nil])
            #expect(quorum.observers.map(\.id) == [7])
        }
    }

    @Test func `a broker that does not tell of the quorum is not asked again and again`() async throws {
        try await LoneBroker().serve([:], { _ in nil }) { admin in
            await #expect { try await admin.describeQuorum() } throws: {
                ($0 as? ClientError)?.code == .unsupportedVersion
            }
        }
    }

    @Test func `log directories are described in order`() async throws {
        let answer: LoneBroker.Answer = { request in
            guard request.key == .describeLogDirs else { return nil }
            let asked = try? DescribeLogDirsRequest.decode(request.body, version: request.version)
            guard let asked, asked.topics == nil else { return .close }
            let b = DescribeLogDirsResponse.DescribeLogDirsTopic(
                name: "b", partitions: [.init(partitionIndex: 1, partitionSize: 5, offsetLag: 2, isFutureKey: true)])
            let a = DescribeLogDirsResponse.DescribeLogDirsTopic(
                name: "a", partitions: [.init(partitionIndex: 0, partitionSize: 7)])
            return .response(
                DescribeLogDirsResponse(results: [
                    .init(errorCode: .kafkaStorageError, logDir: "/z"),
                    .init(logDir: "/d", topics: [b, a], totalBytes: 100, usableBytes: 60),
                ]), to: request)
        }
        try await LoneBroker().serve([.describeLogDirs: 1...5], answer) { admin in
            let directories = try await admin.describeLogDirectories()
            #expect(directories.map(\.path) == ["/d", "/z"])
            #expect(directories[0].replicas.map(\.partition.topic) == ["a", "b"])
            #expect(directories[0].replicas.map(\.byteCount) == [7, 5])
            #expect(directories[0].replicas.map(\.isFuture) == [false, true])
            #expect(directories[0].totalByteCount == 100 && directories[0].usableByteCount == 60)
            #expect(directories[0].failure == nil)
            #expect(directories[1].failure == .kafkaStorageError && directories[1].totalByteCount == nil)
        }
    }

    @Test func `configs come with levels, documentation and default where asked for`() async throws {
        let answer: LoneBroker.Answer = { request in
            guard request.key == .describeConfigs else { return nil }
            let asked = try? DescribeConfigsRequest.decode(request.body, version: request.version)
            guard asked?.includeSynonyms == true, asked?.includeDocumentation == true,
                asked?.resources.first?.configurationKeys == ["retention.ms"]
            else { return .close }
            var entry = DescribeConfigsResponse.DescribeConfigsResourceResult()
            entry.name = "retention.ms"
            entry.value = "5"
            entry.configSource = 1
            entry.configType = 5
            entry.documentation = "doc"
            entry.synonyms = [
                .init(name: "retention.ms", value: "5", source: 1),
                .init(name: "log.retention.ms", value: "9", source: 5),
            ]
            return .response(
                DescribeConfigsResponse(results: [.init(resourceType: 2, resourceName: "t", configs: [entry])]),
                to: request)
        }
        try await LoneBroker().serve([.describeConfigs: 1...4], answer) { admin in
            let entries = try await admin.describeConfigs(.topic("t"), keys: ["retention.ms"], isDetailed: true)
            #expect(entries.map(\.standard) == ["9"])
            #expect(entries.first?.isOverridden == true && entries.first?.source == "topic")
            #expect(entries.first?.type == .long && entries.first?.documentation == "doc")
        }
    }

    @Test func `a topic that is not there is said at once`() async throws {
        let answer: LoneBroker.Answer = { request in
            switch request.key {
            case .describeConfigs:
                return .response(
                    DescribeConfigsResponse(results: [
                        .init(errorCode: .unknownTopicOrPartition, resourceType: 2, resourceName: "t")
                    ]), to: request)
            case .incrementalAlterConfigs:
                return .response(
                    IncrementalAlterConfigsResponse(responses: [
                        .init(errorCode: .unknownTopicOrPartition, resourceType: 2, resourceName: "t")
                    ]), to: request)
            default: return nil
            }
        }
        let broker = LoneBroker()
        try await broker.serve([.describeConfigs: 1...4, .incrementalAlterConfigs: 0...1], answer) { admin in
            await #expect(throws: ClientError.self) { try await admin.describeConfigs(.topic("t")) }
            await #expect(throws: ClientError.self) { try await admin.alterConfigs(.topic("t"), ["a": .delete]) }
            #expect(broker.count(.describeConfigs) == 1 && broker.count(.incrementalAlterConfigs) == 1)
        }
    }

    @Test func `an error that passes is tried again`() async throws {
        let tries = Mutex(0)
        let answer: LoneBroker.Answer = { request in
            guard request.key == .incrementalAlterConfigs else { return nil }
            let number = tries.withLock {
                $0 += 1
                return $0
            }
            return .response(
                IncrementalAlterConfigsResponse(responses: [
                    .init(errorCode: number < 3 ? .notController : .none, resourceType: 2, resourceName: "t")
                ]), to: request)
        }
        try await LoneBroker().serve([.incrementalAlterConfigs: 0...1], answer) { admin in
            try await admin.alterConfigs(.topic("t"), ["a": .set("1")])
            #expect(tries.withLock { $0 } == 3)
        }
    }
}
