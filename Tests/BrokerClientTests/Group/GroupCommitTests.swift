import BrokerModel
import BrokerPrimitives
import BrokerTesting
import Testing

@testable import BrokerClient

@Suite struct GroupCommitTests {
    @Test func `automatic commits do not pile up while the coordinator does not answer`() async throws {
        try await GroupBroker.with(partitions: 1) { bench in
            let consumer = bench.consumer {
                $0.autoCommitIntervalMilliseconds = 1
                // The commit that is held holds the heartbeats up behind it.
                $0.sessionTimeoutMilliseconds = 120_000
            }
            try await consumer.subscribe(["t"])
            bench.broker.faults.hold(.offsetCommit)
            for round in 0..<8 {
                try await bench.fill(round..<round + 1, partitions: 1)
                try await poll([consumer]) { $0 == [round] }
            }
            bench.broker.faults.removeAll()
            await consumer.close()
            #expect(try await bench.admin.listGroupOffsets("g")[partition()]?.offset == 8)
            // The one that was held, and that of the end; one may come between them.
            #expect(bench.broker.requests.count(of: .offsetCommit) <= 3)
        }
    }

    @Test func `a row of commits that cannot be delivered takes no longer than one`() async throws {
        try await GroupBroker.with(partitions: 1) { bench in
            bench.broker.faults.fail(.offsetCommit, with: .coordinatorLoadInProgress)
            var configuration = bench.cluster.configuration
            configuration.operationTimeoutMilliseconds = 500
            let cluster = Cluster(configuration)
            var reading = ConsumerConfiguration()
            reading.group = GroupConfiguration(groupID: "g")
            let consumer = Consumer(cluster: cluster, configuration: reading)
            await consumer.assign([partition()])
            let begin = ContinuousClock.now
            await withTaskGroup(of: Void.self) { tasks in
                for offset in 0..<30 {
                    tasks.addTask {
                        await #expect(throws: ClientError.self) {
                            try await consumer.commit([partition(): CommittedOffset(Offset(offset))])
                        }
                    }
                }
            }
            #expect(begin.duration(to: .now) < .seconds(7))
            await consumer.close()
            await cluster.close()
        }
    }

    @Test func `partitions assigned by hand are committed automatically, too`() async throws {
        try await GroupBroker.with(partitions: 2) { bench in
            try await bench.fill(0..<8, partitions: 2)
            let consumer = bench.consumer {
                $0.autoCommitIntervalMilliseconds = 1
                // The commit that is held holds the heartbeats up behind it.
                $0.sessionTimeoutMilliseconds = 120_000
            }
            await consumer.assign([partition(0)])
            try await poll([consumer]) { $0.count == 4 }
            try await poll([consumer]) { _ in
                try await bench.admin.listGroupOffsets("g")[partition(0)]?.offset == 4
            }
            await consumer.close()
            let last = bench.consumer { $0.autoCommitIntervalMilliseconds = 300_000 }
            await last.assign([partition(1)])
            try await poll([last]) { $0.count == 4 }
            await last.close()
            #expect(try await bench.admin.listGroupOffsets("g")[partition(1)]?.offset == 4)
        }
    }
}
