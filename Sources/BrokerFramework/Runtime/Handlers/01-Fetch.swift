import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
import BrokerReplication
package import BrokerWire
package import BrokerWorld
import NIOCore

/// Reads records; waits for them if there are too few (KIP-227 sessions, KIP-320 truncation detection).
package struct FetchHandler: APIHandler {
    package typealias Request = FetchRequest

    let partitions: PartitionTable
    let sessions: FetchSessions
    let parked: ParkedFetches
    let metadata: MetadataView
    let endpoints: Endpoints
    /// `fetch.max.bytes`.
    let maxResponseByteCount: Int
    let timers: Timers

    package init(
        partitions: PartitionTable, sessions: FetchSessions, parked: ParkedFetches, metadata: MetadataView,
        endpoints: Endpoints, maxResponseByteCount: Int, timers: Timers
    ) {
        self.partitions = partitions
        self.sessions = sessions
        self.parked = parked
        self.metadata = metadata
        self.endpoints = endpoints
        self.maxResponseByteCount = maxResponseByteCount
        self.timers = timers
    }

    package func actions(for request: FetchRequest) -> [AuthorizableAction] {
        let image = metadata.image
        // A fetch that continues a session names only what has changed, and reads all of the session.
        let named = request.topics.map { FetchSession.Key(topicID: $0.topicID, topic: $0.topic, partition: 0) }
        let continued = request.sessionEpoch > 0 ? sessions.keys(of: request.sessionID) : []
        let names = (named + continued).compactMap { key in
            key.topicID == .zero ? key.topic : image.topics[key.topicID]?.name
        }
        return Set(names).map { .topic(.read, $0) }
    }

    package func handle(_ request: FetchRequest, _ call: Call<FetchRequest>) {
        let usesTopicIDs = call.version >= 13
        let byteLimit = call.fetchByteCount
        if byteLimit == 0, request.sessionEpoch <= 0 {
            // No session begins: the client asks for the same again, after its wait.
            sessions.end(request.sessionID)
            return call.respond(FetchResponse())
        }
        let plan: FetchSessions.Plan
        do throws(FetchSessionError) {
            plan = try sessions.plan(
                sessionID: request.sessionID, epoch: request.sessionEpoch, usesTopicIDs: usesTopicIDs,
                requests: request.sessionRequests, forgotten: request.forgottenKeys)
        } catch {
            return call.respond(FetchResponse(errorCode: error.code))
        }
        if byteLimit == 0 { return call.respond(FetchResponse(sessionID: plan.sessionID)) }
        FetchOperation(handler: self, request: request, call: call, plan: plan, byteLimit: byteLimit).start()
    }
}

extension FetchRequest {
    fileprivate var sessionRequests: [FetchSession.Request] {
        topics.flatMap { topic in
            topic.partitions.map { partition in
                FetchSession.Request(
                    key: .init(topicID: topic.topicID, topic: topic.topic, partition: partition.partition),
                    currentLeaderEpoch: partition.currentLeaderEpoch, fetchOffset: partition.fetchOffset,
                    lastFetchedEpoch: partition.lastFetchedEpoch, maxBytes: partition.partitionMaxBytes)
            }
        }
    }

    fileprivate var forgottenKeys: [FetchSession.Key] {
        forgottenTopicsData.flatMap { topic in
            topic.partitions.map { .init(topicID: topic.topicID, topic: topic.topic, partition: $0) }
        }
    }

    /// The follower that asks; negative for a consumer.
    var follower: NodeID { replicaState.replicaID >= 0 ? replicaState.replicaID : replicaID }
}
