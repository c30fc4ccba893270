import BrokerNetwork
import NIOCore
import NIOPosix

/// The inside of a broker, for those who run it in their own process.
extension Broker {
    /// What is in the cluster.
    package var metadata: MetadataView { parts.metadata }
    /// The partitions that this broker leads.
    package var partitions: PartitionTable { parts.partitions }
    /// Decides changes of the metadata.
    package var controller: ControllerDriver { parts.controller }

    /// Cleans now as the topics' policies say, and lets go of producers' state that expired.
    package func applyRetention() async {
        parts.workers.run { [parts] in
            parts.upkeep.touchForgotten()
            parts.upkeep.clean()
        }
        await parts.workers.idle()
    }

    /// Returns once everything that the broker has begun is done, but for what waits for time or for a client.
    package func settle() async {
        let loops = Array(parts.eventLoops.makeIterator()) + [parts.controllerLoop.next()]
        while true {
            let begun = begunCount
            // Work goes from a loop to the controller's and back before it comes to rest, and to the workers between.
            for _ in 0..<3 { await Self.pass(through: loops) }
            await parts.workers.idle()
            for threads in parts.containment.allThreads { await threads.idle() }
            for _ in 0..<3 { await Self.pass(through: loops) }
            if begunCount == begun { return }
        }
    }

    /// How much work was ever handed to threads.
    private var begunCount: Int {
        parts.containment.allThreads.reduce(parts.workers.begunCount) { $0 + $1.begunCount }
    }

    /// Returns once each loop has done what it had to do.
    private static func pass(through loops: [any EventLoop]) async {
        let passed = loops.map { $0.submit {} }
        for future in passed { try? await future.get() }
    }

    /// Closes the listening sockets; connections stay.
    package func stopAccepting() async { await parts.network.stopAccepting() }

    /// Listens again where it did.
    package func resumeAccepting() async throws {
        for listener in listeners {
            _ = try await parts.network.listen(name: listener.name, host: listener.host, port: listener.port)
        }
    }

    /// Closes every connection at once.
    package func disconnectAll() async { await parts.network.disconnectAll() }
}
