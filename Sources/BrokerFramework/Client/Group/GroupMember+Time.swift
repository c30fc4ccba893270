import BrokerModel
import BrokerWire

extension GroupMember {
    /// When `ticked` has something to do if nothing else happens; nil for never.
    var wakeAt: Int64? {
        guard phase.isActive else { return nil }
        var times = [lastPoll.later(by: settings.maximumPollIntervalMilliseconds)]
        switch coordinator {
        case .unknown(let time) where needsCoordinator: times.append(time)
        case .known:
            if phase == .wantsJoin { times.append(retryAt) }
            if beats, awaitedHeartbeat == nil { times.append(nextHeartbeat) }
        default: break
        }
        if beats { times.append(lastSign.later(by: settings.sessionTimeoutMilliseconds)) }
        if watches { times.append(nextWatch) }
        return times.min()
    }

    var nextHeartbeat: Int64 {
        lastHeartbeat == .min ? .min : lastHeartbeat.later(by: settings.heartbeatIntervalMilliseconds)
    }

    /// Whether the coordinator has to hear from the member. While it joins and syncs, those requests are the sign.
    var beats: Bool {
        guard generation >= 0, !isLost else { return false }
        switch phase {
        case .handingOver, .planning, .received, .givingUp, .stable: return true
        case .idle, .outside, .wantsJoin, .joining, .syncing, .fenced: return false
        }
    }

    private var needsCoordinator: Bool { phase == .wantsJoin || beats }

    private var watches: Bool { phase == .stable && awaitedCount == nil && (leadership != nil || followsNewTopics) }

    /// Does what waits for nothing but the time and the coordinator.
    mutating func pursue(now: Int64, _ effects: inout [Effect]) {
        if needsCoordinator, case .unknown(let time) = coordinator, time <= now {
            coordinator = .lookedFor
            effects.append(.findCoordinator)
        }
        guard coordinator == .known else { return }
        if phase == .wantsJoin, retryAt <= now { join(&effects) }
        if beats, awaitedHeartbeat == nil, nextHeartbeat <= now {
            lastHeartbeat = now
            awaitedHeartbeat = number()
            effects.append(
                .heartbeat(
                    request: awaitedHeartbeat ?? 0,
                    HeartbeatRequest(
                        groupID: settings.groupID, generationID: generation, memberID: memberID,
                        groupInstanceID: settings.groupInstanceID)))
        }
        if watches, nextWatch <= now {
            count(&effects)
        }
    }

    mutating func number() -> Int {
        nextRequest += 1
        return nextRequest
    }

    mutating func count(_ effects: inout [Effect]) {
        let request = number()
        awaitedCount = request
        effects.append(.countPartitions(request: request, leadership?.topics ?? []))
    }

    mutating func ticked(isPolling: Bool, now: Int64, _ effects: inout [Effect]) {
        if isPolling { lastPoll = now }
        guard phase.isActive else { return }
        if now &- lastPoll >= settings.maximumPollIntervalMilliseconds {
            // A member that does not poll holds up its partitions. A static one is expected back.
            depart("the longest time between polls is over", &effects)
            return lose(keepsID: false)
        }
        if beats, now &- lastSign >= settings.sessionTimeoutMilliseconds {
            // The coordinator has not answered for so long that it is somewhere else, or has given the member up: the
            // one that is found now will tell.
            lastSign = now
            forgetCoordinator(now: now)
        }
    }
}
