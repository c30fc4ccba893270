import BrokerModel
import BrokerPrimitives

extension GroupMember {
    // MARK: The coordinator

    mutating func coordinatorFound(now: Int64) {
        guard coordinator == .lookedFor else { return }
        coordinator = .known
        // It should hear of the member at once.
        lastHeartbeat = .min
        if retryAt < now { retryAt = now }
    }

    mutating func lookupFailed(_ error: ClientError, now: Int64, random: UInt64, _ effects: inout [Effect]) {
        guard coordinator == .lookedFor else { return }
        failures += 1
        coordinator = .unknown(notBefore: now.later(by: settings.backoff.wait(afterFailures: failures, random: random)))
        if !error.isRetriable { effects.append(.fail(error)) }
    }

    mutating func forgetCoordinator(now: Int64) {
        guard coordinator == .known else { return }
        coordinator = .unknown(notBefore: now)
        awaitedHeartbeat = nil
    }

    /// The coordinator has not answered, or is none any more. The first time it may just have moved; if it happens
    /// again before anything was heard of it, looking for it waits.
    private mutating func missCoordinator(now: Int64, random: UInt64) {
        guard coordinator == .known else { return }
        forgetCoordinator(now: now)
        failures += 1
        guard failures > 1 else { return }
        let wait = settings.backoff.wait(afterFailures: failures - 1, random: random)
        coordinator = .unknown(notBefore: now.later(by: wait))
    }

    // MARK: Refusals

    /// A join or sync came to nothing, and is begun again after a while.
    mutating func stumble(_ error: ClientError, now: Int64, random: UInt64, _ effects: inout [Effect]) {
        switch error.code {
        case .connectionFailed, .connectionClosed, .timedOut: forgetCoordinator(now: now)
        default: break
        }
        if !error.isRetriable { effects.append(.fail(error)) }
        failures += 1
        phase = .wantsJoin
        retryAt = now.later(by: settings.backoff.wait(afterFailures: failures, random: random))
    }

    /// The coordinator refused a join or sync.
    mutating func refused(_ error: ErrorCode, _ what: String, now: Int64, random: UInt64, _ effects: inout [Effect]) {
        switch error {
        case .unknownMemberId:
            lose(keepsID: false)
        case .illegalGeneration:
            lose(keepsID: true)
        case .fencedInstanceId:
            fence(error)
        case .rebalanceInProgress where phase == .syncing:
            // The group has begun anew; what the member holds is still its own.
            phase = .wantsJoin
            retryAt = now
        case .notCoordinator, .coordinatorNotAvailable:
            forgetCoordinator(now: now)
            stumble(.server(error, what), now: now, random: random, &effects)
        case .rebalanceInProgress, .coordinatorLoadInProgress:
            stumble(.server(.coordinatorLoadInProgress, what), now: now, random: random, &effects)
        default:
            stumble(Self.explained(error, what), now: now, random: random, &effects)
        }
    }

    mutating func answered(_ request: Int, _ result: Result<ErrorCode, ClientError>, now: Int64, random: UInt64) {
        guard request == awaitedHeartbeat else { return }
        awaitedHeartbeat = nil
        switch result {
        case .failure, .success(.notCoordinator), .success(.coordinatorNotAvailable):
            return missCoordinator(now: now, random: random)
        case .success: failures = 0
        }
        switch result {
        case .success(.none): lastSign = now
        case .success(.rebalanceInProgress):
            lastSign = now
            wantRejoin("the group rebalances")
        case .success(.unknownMemberId): lose(keepsID: false)
        case .success(.illegalGeneration): lose(keepsID: true)
        case .success(.fencedInstanceId): fence(.fencedInstanceId)
        // Whatever else is wrong, joining again brings it to light.
        case .success(let error) where !error.isRetriable: wantRejoin("a heartbeat was refused: \(error)")
        case .success, .failure: break
        }
    }

    mutating func commitRefused(_ refused: Identity, _ error: ErrorCode, now: Int64) {
        switch error {
        case .notCoordinator, .coordinatorNotAvailable: forgetCoordinator(now: now)
        // The member may have joined anew since.
        case _ where refused != identity || !phase.isActive: break
        // The join may have made a new generation, of which its answer is still to tell.
        case .unknownMemberId where phase == .joining, .illegalGeneration where phase == .joining: break
        case .unknownMemberId: lose(keepsID: false)
        case .illegalGeneration: lose(keepsID: true)
        case .fencedInstanceId: fence(error)
        case .rebalanceInProgress where phase == .stable: wantRejoin("a commit met a rebalance")
        default: break
        }
    }

    // MARK: Losing

    /// The member is none any more. What it holds is lost at the next poll, which also joins again.
    ///
    /// - Parameter keepsID: whether the coordinator still knows the member, though in another generation.
    mutating func lose(keepsID: Bool) {
        if !keepsID { memberID = "" }
        generation = -1
        isLost = !owned.isEmpty
        leadership = nil
        awaitedRequest = nil
        awaitedHeartbeat = nil
        awaitedCount = nil
        needsRejoin = false
        rejoinReason = "the membership was lost"
        retryAt = .min
        switch phase {
        case .handingOver: break
        // What is being given up is given up; the assignment is void.
        case .givingUp(let gone, for: _): phase = .handingOver(gone)
        default: if phase.isActive { phase = .outside }
        }
    }

    /// Another process has the member's place.
    mutating func fence(_ error: ErrorCode) {
        lose(keepsID: false)
        phase = .fenced(error)
    }
}
