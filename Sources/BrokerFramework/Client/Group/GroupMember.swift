import BrokerModel
import BrokerPrimitives
import BrokerWire

/// One member of a classic consumer group: decides when to find the coordinator, join, sync, beat and leave, and when
/// the application gives up partitions and gets new ones.
///
/// The application's partitions change only while it polls, or leaves: whatever it was given by a poll is its own until
/// the next one. Everything else goes on whether it polls or not, up to the longest time between polls.
struct GroupMember: Sendable {
    struct Settings: Sendable {
        var groupID: String
        var groupInstanceID: String?
        var sessionTimeoutMilliseconds: Int64
        /// The longest time between polls, and how long the group waits for a member that has to join again.
        var maximumPollIntervalMilliseconds: Int64
        var heartbeatIntervalMilliseconds: Int64
        /// How often it is looked whether topics have changed.
        var metadataAgeMilliseconds: Int64
        var rack: String?
        var backoff: Backoff
        /// The most wanted one first.
        var assignors: [any PartitionAssignor]

        var isCooperative: Bool { assignors.allSatisfy(\.isCooperative) }
    }

    enum Phase: Equatable {
        /// Nothing is subscribed to.
        case idle
        /// No member, and one again at the next poll.
        case outside
        /// The application gives these up before the member joins.
        case handingOver([TopicPartition])
        /// Joins as soon as the coordinator is known and the backoff is over.
        case wantsJoin
        case joining
        /// The leader asks how many partitions there are, to share them out.
        case planning
        case syncing
        /// An assignment has come, and takes effect at the next poll.
        case received([TopicPartition])
        /// The application gives up what is not in the assignment.
        case givingUp([TopicPartition], for: [TopicPartition])
        case stable
        /// Another process has this static member's place: nothing goes on.
        case fenced(ErrorCode)
    }

    enum Coordinator: Equatable {
        /// Not looked for before a time.
        case unknown(notBefore: Int64)
        case lookedFor
        case known
    }

    let settings: Settings
    var phase: Phase = .idle
    var coordinator: Coordinator = .unknown(notBefore: .min)
    /// Empty until the coordinator has given one.
    var memberID = ""
    /// −1 while not a member.
    var generation: Int32 = -1
    var topics: [String] = []
    /// Whether the subscription is a rule that new topics may meet.
    var followsNewTopics = false
    /// What the application holds.
    var owned: [TopicPartition] = []
    /// What was assigned last, and in which generation.
    var previous: (partitions: [TopicPartition], generation: Int32) = ([], -1)
    /// Whether what the application holds belongs to others by now.
    var isLost = false
    var needsRejoin = false
    var rejoinReason: String?
    /// The request whose answer is waited for: a join, then a sync.
    var awaitedRequest: Int?
    var awaitedHeartbeat: Int?
    var nextRequest = 0
    var failures = 0
    var retryAt: Int64 = .min
    var lastPoll: Int64 = 0
    var lastHeartbeat: Int64 = .min
    /// When the coordinator last said that all is well.
    var lastSign: Int64 = 0
    var leadership: Leadership?
    var protocolName = ""
    var nextWatch: Int64 = .min
    var awaitedCount: Int?

    /// What a leader remembers.
    struct Leadership: Sendable {
        var members: [GroupSubscription.Member]
        /// As of the assignment; nil if somebody else made that.
        var counts: [String: PartitionIndex]?

        var topics: [String] { Set(members.flatMap(\.topics)).sorted() }
    }

    init(settings: Settings) { self.settings = settings }

    /// Who commits.
    struct Identity: Hashable, Sendable {
        var memberID: String
        var generation: Int32
        var instanceID: String?
    }

    var identity: Identity {
        Identity(memberID: memberID, generation: generation, instanceID: settings.groupInstanceID)
    }

    /// Whether the application's partitions are settled for now.
    var isSettled: Bool { phase == .stable && !needsRejoin }

    /// Whether the group is about to go on with this member in a new generation.
    var isRebalancing: Bool {
        switch phase {
        case .wantsJoin, .joining, .planning, .syncing: true
        default: false
        }
    }

    mutating func handle(_ event: Event, now: Int64, random: UInt64) -> [Effect] {
        var effects: [Effect] = []
        switch event {
        case .subscribed(let topics, let followsNew): subscribe(topics, followsNew: followsNew, now: now)
        case .polled: polled(now: now, &effects)
        case .ticked(let isPolling): ticked(isPolling: isPolling, now: now, &effects)
        case .coordinatorFound: coordinatorFound(now: now)
        case .coordinatorLookupFailed(let error): lookupFailed(error, now: now, random: random, &effects)
        case .joined(let request, let result): joined(request, result, now: now, random: random, &effects)
        case .partitionsCounted(let request, let result): counted(request, result, now: now, random: random, &effects)
        case .synced(let request, let result): synced(request, result, now: now, random: random, &effects)
        case .heartbeatAnswered(let request, let result): answered(request, result, now: now, random: random)
        case .handedOver: handedOver(now: now, &effects)
        case .commitRefused(let identity, let error): commitRefused(identity, error, now: now)
        case .left: leave(&effects)
        }
        pursue(now: now, &effects)
        return effects
    }

    // MARK: The application

    private mutating func subscribe(_ topics: [String], followsNew: Bool, now: Int64) {
        followsNewTopics = followsNew
        let topics = Set(topics).sorted()
        let isNews = topics != self.topics
        self.topics = topics
        if phase == .idle {
            phase = .outside
            lastPoll = now
        } else if isNews {
            wantRejoin("the subscription has changed")
        }
    }

    mutating func wantRejoin(_ reason: String) {
        needsRejoin = true
        rejoinReason = reason
    }

    private mutating func polled(now: Int64, _ effects: inout [Effect]) {
        lastPoll = now
        switch phase {
        case .outside: prepare(&effects)
        case .stable where needsRejoin: prepare(&effects)
        case .received(let assignment):
            let gone = owned.filter { !Set(assignment).contains($0) }
            if gone.isEmpty { return take(assignment, now: now, &effects) }
            phase = .givingUp(gone, for: assignment)
            effects.append(.revoke(gone))
        case .fenced(let error):
            if !owned.isEmpty {
                effects.append(.lose(owned))
                owned = []
            }
            effects.append(.fail(Self.explained(error, "group '\(settings.groupID)'")))
        default: break
        }
    }

    /// Before joining an application gives up everything, or, if the member is cooperative, what it does not want.
    private mutating func prepare(_ effects: inout [Effect]) {
        let wanted = Set(topics)
        let gone = isLost || !settings.isCooperative ? owned : owned.filter { !wanted.contains($0.topic) }
        guard !gone.isEmpty else {
            isLost = false
            phase = .wantsJoin
            return
        }
        phase = .handingOver(gone)
        effects.append(isLost ? .lose(gone) : .revoke(gone))
    }

    private mutating func handedOver(now: Int64, _ effects: inout [Effect]) {
        switch phase {
        case .handingOver(let gone):
            owned.removeAll { Set(gone).contains($0) }
            if isLost, !owned.isEmpty {
                // The rest was lost in the meantime, and goes in another way.
                phase = .outside
            } else {
                isLost = false
                phase = .wantsJoin
            }
        case .givingUp(let gone, for: let assignment):
            owned.removeAll { Set(gone).contains($0) }
            take(assignment, now: now, &effects)
            wantRejoin("gave up partitions that are to go to others")
        default: break
        }
    }

    private mutating func take(_ assignment: [TopicPartition], now: Int64, _ effects: inout [Effect]) {
        let had = Set(owned)
        let new = assignment.filter { !had.contains($0) }
        owned = assignment
        phase = .stable
        nextWatch = now.later(by: watchInterval)
        effects.append(.assign(new))
    }

    /// Topics that are missing are looked for more often.
    var watchInterval: Int64 {
        let isMissing = leadership.map { leadership in
            guard let counts = leadership.counts else { return true }
            return leadership.topics.contains { counts[$0] == nil }
        }
        return isMissing ?? false
            ? min(settings.metadataAgeMilliseconds, settings.backoff.limitMilliseconds)
            : settings.metadataAgeMilliseconds
    }

    private mutating func leave(_ effects: inout [Effect]) {
        depart("the consumer was closed", &effects)
        let settings = settings
        let coordinator = coordinator
        let next = nextRequest
        self = GroupMember(settings: settings)
        // Late answers must not be taken for those of a new membership.
        nextRequest = next
        if coordinator == .known { self.coordinator = .known }
    }

    /// Tells the coordinator, unless the member is static and expected back.
    mutating func depart(_ reason: String, _ effects: inout [Effect]) {
        guard !memberID.isEmpty, settings.groupInstanceID == nil else { return }
        effects.append(
            .leave(
                LeaveGroupRequest(
                    groupID: settings.groupID, memberID: memberID, members: [.init(memberID: memberID, reason: reason)])
            ))
    }
}

extension GroupMember.Phase {
    /// Whether the member is one or on its way to be one.
    var isActive: Bool {
        switch self {
        case .idle, .outside, .fenced: false
        default: true
        }
    }
}
