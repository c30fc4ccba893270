package import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire
internal import NIOCore
internal import OrderedCollections

/// A group whose members assign the partitions among themselves, one of them for all: the protocol of JoinGroup and
/// SyncGroup. Also the home of offsets that somebody commits without being a member of anything.
///
/// A value; the rules are in the extensions, one file for each part of the protocol.
package struct ClassicGroup: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case empty = "Empty"
        /// Members are joining.
        case preparingRebalance = "PreparingRebalance"
        /// The generation has begun, and the leader is assigning.
        case completingRebalance = "CompletingRebalance"
        case stable = "Stable"
    }

    package let id: String
    package private(set) var state = State.empty
    private(set) var previousState = State.empty
    /// When the state was entered, on the wall clock; −1 if not known.
    package internal(set) var stateTimestamp: Timestamp = -1
    /// Nil until the first member joined.
    package internal(set) var protocolType: String?
    /// The way of assigning that the generation has agreed on.
    package internal(set) var protocolName: String?
    package internal(set) var generation: Int32 = 0
    package internal(set) var leader: String?
    private(set) var members: OrderedDictionary<String, ClassicMember> = [:]
    private(set) var staticMembers: [String: String] = [:]
    /// Ids that were given out and have not come back.
    private(set) var pendingMembers: Set<String> = []
    /// Members that were told the generation and have not asked for their assignment.
    var pendingSyncs: Set<String> = []
    /// A member came while the first rebalance was waiting for more.
    var hasNewMember = false
    /// What is left of the first rebalance's waiting.
    var remainingInitialDelay: Int64 = 0
    /// The topics that members are subscribed to; nil if that cannot be told.
    private(set) var subscribedTopics: Set<String>?

    private var joinedCount = 0
    /// How many members know each way of assigning.
    private var supporters: [String: Int] = [:]
    private(set) var metadataByteCount = 0

    /// - Parameter pendingMembers: ids that were given out before there was this group.
    package init(id: String, pendingMembers: Set<String> = []) {
        self.id = id
        self.pendingMembers = pendingMembers
    }

    package var memberCount: Int { members.count }
    var isEmpty: Bool { members.isEmpty }
    /// Whether the members speak the consumers' protocol, whose subscriptions can be read.
    var isOfConsumers: Bool { protocolType == ConsumerProtocol.protocolType }
    /// How many members wait in the rebalance.
    var awaitingJoinCount: Int { joinedCount }
    var allHaveJoined: Bool { joinedCount == members.count && pendingMembers.isEmpty }
    /// Whether nobody has joined yet.
    var isBlank: Bool { members.isEmpty && generation == 0 && protocolType == nil }
    /// Whether nothing would be lost if the group were forgotten, its offsets apart.
    var isTrivial: Bool { isBlank && pendingMembers.isEmpty }

    mutating func move(to state: State, at now: CoordinatorTime) {
        previousState = self.state
        self.state = state
        stateTimestamp = now.wall
    }

    // MARK: Members

    mutating func add(_ member: ClassicMember) {
        pendingMembers.remove(member.id)
        if let instance = member.instanceID { staticMembers[instance] = member.id }
        if leader == nil { leader = member.id }
        count(member, by: 1)
        members[member.id] = member
    }

    /// Takes a member out, and leaves its calls and its timer to the caller: whoever goes for good is `dismissed`.
    @discardableResult
    mutating func remove(_ id: String) -> ClassicMember? {
        pendingSyncs.remove(id)
        guard let member = members.removeValue(forKey: id) else { return nil }
        count(member, by: -1)
        if let instance = member.instanceID, staticMembers[instance] == id { staticMembers[instance] = nil }
        if leader == id { leader = members.keys.first }
        return member
    }

    /// Changes a member in place; nothing happens if it is not there.
    mutating func update(_ id: String, _ change: (inout ClassicMember) -> Void) {
        guard let index = members.index(forKey: id) else { return }
        count(members.values[index], by: -1)
        change(&members.values[index])
        count(members.values[index], by: 1)
    }

    private mutating func count(_ member: ClassicMember, by step: Int) {
        if member.join != nil { joinedCount += step }
        metadataByteCount += step * member.metadataByteCount
        for support in member.protocols {
            let count = (supporters[support.name] ?? 0) + step
            supporters[support.name] = count == 0 ? nil : count
        }
    }

    var pendingCount: Int { pendingMembers.count }
    func isPending(_ id: String) -> Bool { pendingMembers.contains(id) }
    mutating func addPending(_ id: String) { pendingMembers.insert(id) }
    mutating func removePending(_ id: String) -> Bool { pendingMembers.remove(id) != nil }

    /// Throws unless the id is a member's and, if an instance id is named, the right one's.
    func check(_ memberID: String, _ instanceID: String?) throws(CoordinatorError) {
        if let instanceID {
            guard let current = staticMembers[instanceID] else { throw CoordinatorError(.unknownMemberId) }
            guard current == memberID else { throw CoordinatorError(.fencedInstanceId) }
        }
        guard members[memberID] != nil else { throw CoordinatorError(.unknownMemberId) }
    }

    // MARK: The way of assigning

    /// Whether somebody with these protocols could join: there must be one that everybody knows.
    func supports(_ type: String, _ protocols: [JoinGroupRequest.JoinGroupRequestProtocol]) -> Bool {
        guard !type.isEmpty, !protocols.isEmpty else { return false }
        guard Set(protocols.map(\.name)).count == protocols.count else { return false }
        guard !members.isEmpty else { return true }
        return type == protocolType && protocols.contains { supporters[$0.name] == members.count }
    }

    /// The protocol that everybody knows and most prefer; among equals the first by name.
    func electedProtocol() -> String? {
        let candidates = Set(supporters.filter { $0.value == members.count }.keys)
        var votes: [String: Int] = [:]
        for member in members.values {
            if let vote = member.vote(among: candidates) { votes[vote, default: 0] += 1 }
        }
        return votes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// Begins the next generation with the members there are.
    mutating func beginGeneration(at now: CoordinatorTime) {
        generation = generation == .max ? 1 : generation + 1
        pendingSyncs = []
        protocolName = members.isEmpty ? nil : electedProtocol()
        noteSubscriptions()
        move(to: members.isEmpty ? .empty : .completingRebalance, at: now)
    }

    /// Reads what the members are subscribed to.
    mutating func noteSubscriptions() {
        guard protocolType != nil else { return subscribedTopics = nil }
        guard !members.isEmpty else { return subscribedTopics = [] }
        guard isOfConsumers, let protocolName else { return subscribedTopics = nil }
        var topics: Set<String> = []
        for member in members.values {
            guard let subscription = try? ConsumerProtocol.decodeSubscription(member.metadata(for: protocolName))
            else { return subscribedTopics = nil }
            topics.formUnion(subscription.topics)
        }
        subscribedTopics = topics
    }

    /// Whether a member wants the topic, as far as can be told.
    func isSubscribed(to topic: String) -> Bool { subscribedTopics?.contains(topic) ?? isOfConsumers }

    /// Enters a state that was read from the log.
    mutating func restore(_ state: State, since timestamp: Timestamp) {
        self.state = state
        stateTimestamp = timestamp
    }
}
