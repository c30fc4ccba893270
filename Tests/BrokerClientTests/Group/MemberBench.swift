import BrokerModel
import BrokerPrimitives
import BrokerWire
import NIOCore

@testable import BrokerClient

/// One member on a bench: events go in, what it asks for comes out in words.
struct MemberBench {
    var member: GroupMember
    var now: Int64 = 0
    private var joinRequest = 0
    private var syncRequest = 0
    private var countRequest = 0
    private(set) var beat = 0
    private(set) var lastJoin = JoinGroupRequest()
    private(set) var lastSync = SyncGroupRequest()

    static func settings(
        instanceID: String? = nil, assignors: [any PartitionAssignor] = [RangeAssignor()]
    ) -> GroupMember.Settings {
        GroupMember.Settings(
            groupID: "g", groupInstanceID: instanceID, sessionTimeoutMilliseconds: 10_000,
            maximumPollIntervalMilliseconds: 60_000, heartbeatIntervalMilliseconds: 3_000,
            metadataAgeMilliseconds: 5_000, backoff: backoff, assignors: assignors)
    }

    init(instanceID: String? = nil, assignors: [any PartitionAssignor] = [RangeAssignor()]) {
        member = GroupMember(settings: Self.settings(instanceID: instanceID, assignors: assignors))
    }

    @discardableResult
    mutating func give(_ event: GroupMember.Event) -> [String] {
        // Chance that makes the waits neither longer nor shorter.
        member.handle(event, now: now, random: 20).map { effect in
            switch effect {
            case .findCoordinator: return "find"
            case .join(let request, let message):
                joinRequest = request
                lastJoin = message
                return "join \(message.memberID)"
            case .countPartitions(let request, let topics):
                countRequest = request
                return "count \(topics.joined(separator: ","))"
            case .sync(let request, let message):
                syncRequest = request
                lastSync = message
                return "sync \(message.generationID)"
            case .heartbeat(let request, let message):
                beat = request
                return "beat \(message.generationID)"
            case .leave(let message): return "leave \(message.memberID)"
            case .revoke(let partitions): return "revoke \(Self.words(partitions))"
            case .lose(let partitions): return "lose \(Self.words(partitions))"
            case .assign(let partitions): return "assign \(Self.words(partitions))"
            case .fail(let error): return "fail \(error.server.map { "\($0)" } ?? "\(error.code)")"
            }
        }
    }

    private static func words(_ partitions: [TopicPartition]) -> String {
        partitions.map { "\($0)" }.joined(separator: ",")
    }

    mutating func poll() -> [String] { give(.polled) }

    mutating func tick(after milliseconds: Int64, isPolling: Bool = true) -> [String] {
        now += milliseconds
        return give(.ticked(isPolling: isPolling))
    }

    mutating func joined(
        _ error: ErrorCode = .none, id: String = "m", generation: Int32 = 1, leader: String = "other",
        protocolName: String = "range", members: [(String, [String])] = [], skip: Bool = false
    ) -> [String] {
        let rows = members.map { id, topics in
            JoinGroupResponse.JoinGroupResponseMember(
                memberID: id,
                metadata: (try? ConsumerProtocol.encode(ConsumerProtocolSubscription(topics: topics), version: 3))
                    ?? ByteBuffer())
        }
        return give(
            .joined(
                request: joinRequest,
                .success(
                    JoinGroupResponse(
                        errorCode: error, generationID: error == .none ? generation : -1, protocolName: protocolName,
                        leader: leader, skipAssignment: skip, memberID: id, members: rows))))
    }

    mutating func joinFailed(_ error: ClientError) -> [String] {
        give(.joined(request: joinRequest, .failure(error)))
    }

    mutating func counted(_ counts: [String: PartitionIndex]) -> [String] {
        give(.partitionsCounted(request: countRequest, .success(counts)))
    }

    mutating func synced(_ error: ErrorCode = .none, _ partitions: [TopicPartition] = []) -> [String] {
        let assignment = ConsumerProtocolAssignment(
            assignedPartitions: partitions.map { .init(topic: $0.topic, partitions: [$0.partition]) })
        let bytes = (try? ConsumerProtocol.encode(assignment, version: 0)) ?? ByteBuffer()
        return give(
            .synced(
                request: syncRequest,
                .success(SyncGroupResponse(errorCode: error, assignment: error == .none ? bytes : ByteBuffer()))))
    }

    mutating func beaten(_ error: ErrorCode = .none) -> [String] {
        give(.heartbeatAnswered(request: beat, .success(error)))
    }

    /// Subscribes to t and becomes a member that holds partitions.
    mutating func settle(_ partitions: [TopicPartition] = [partition(0), partition(1)]) {
        give(.subscribed(["t"], followsNewTopics: false))
        give(.polled)
        give(.coordinatorFound)
        _ = joined(.memberIdRequired)
        _ = joined()
        _ = synced(.none, partitions)
        give(.polled)
    }

    /// What the assignor of a name was told this member holds.
    func joinSubscription(_ name: String) throws -> ConsumerProtocolSubscription? {
        try lastJoin.protocols.first { $0.name == name }.map { try ConsumerProtocol.decodeSubscription($0.metadata) }
    }
}
