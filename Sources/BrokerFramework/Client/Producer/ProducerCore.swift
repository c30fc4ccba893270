import BrokerModel
import BrokerPrimitives

/// Decides what a producer sends, when, and again: pure, given records, answers and the time.
///
/// `Waiter` is whatever stands for someone who waits for a record; it is handed through unread.
struct ProducerCore<Waiter: Sendable>: Sendable {
    /// Batches for one broker, at most one of each partition.
    struct Request: Sendable {
        let id: Int
        let node: NodeID
        var batches: [PendingBatch<Waiter>]
    }

    /// What is to be done now.
    struct Plan: Sendable {
        /// To send, in this order.
        var requests: [Request] = []
        /// Given up.
        var deliveries: [BatchDelivery<Waiter>] = []
        /// Whose leaders are unknown. Sorted.
        var topicsWithoutLeader: [String] = []
        /// Brokers there are batches for but no connection to. Sorted.
        var nodesToConnect: [NodeID] = []
        /// Whether a producer id is needed before more can be sent.
        var needsIdentity = false
        /// When to ask again if nothing happens; nil for never.
        var wakeAt: Int64?
    }

    private let configuration: ProducerConfiguration
    private let backoff: Backoff
    private var queues: [PartitionQueue<Waiter>] = []
    private var places: [TopicPartition: Int] = [:]
    /// Queues that hold something, each once.
    private var active: [Int] = []
    private var isActive: [Bool] = []
    private var identity: ProducerIdentity?
    private var readyNodes: Set<NodeID> = []
    private var inFlight: [NodeID: Int] = [:]
    private var requests: [Int: (node: NodeID, queues: [Int])] = [:]
    private var nextBatchID = 0
    private var nextRequestID = 0
    private var flushMark = 0
    /// Where the next plan starts, so that no partition always comes last.
    private var turn = 0
    /// Memory held for records, in bytes.
    private(set) var reservedByteCount = 0

    init(configuration: ProducerConfiguration, backoff: Backoff) {
        self.configuration = configuration
        self.backoff = backoff
    }

    // MARK: Records

    /// Takes memory for a record; false if there is too little.
    mutating func reserve(_ byteCount: Int) -> Bool {
        guard hasRoom(for: byteCount) else { return false }
        reservedByteCount += byteCount
        return true
    }

    /// Whether `reserve` would take it. One record is always let in, however large.
    func hasRoom(for byteCount: Int) -> Bool {
        reservedByteCount == 0 || byteCount <= configuration.bufferByteCount - reservedByteCount
    }

    /// Gives back memory that no record was appended for.
    mutating func release(_ byteCount: Int) { reservedByteCount -= byteCount }

    /// Adds a record whose memory has been reserved. Answers whether to ask for a plan now.
    mutating func append(
        _ record: ProducerRecord, to partition: TopicPartition, leader: NodeID?, timestamp: Timestamp, waiter: Waiter,
        reserved: Int, now: Int64
    ) -> Bool {
        let place = place(of: partition, leader: leader)
        if !isActive[place] {
            isActive[place] = true
            active.append(place)
        }
        let limit = min(configuration.batchByteCount, configuration.maximumRequestByteCount)
        let isNews = queues[place].append(
            record, timestamp: timestamp, waiter: waiter, reserved: reserved, now: now, batchLimit: limit,
            nextID: &nextBatchID)
        return isNews || reservedByteCount >= configuration.bufferByteCount
    }

    /// The partition's queue. Only a new one takes the caller's word for the leader: a leader that failed must not come
    /// back with the next record.
    private mutating func place(of partition: TopicPartition, leader: NodeID?) -> Int {
        if let place = places[partition] { return place }
        places[partition] = queues.count
        queues.append(PartitionQueue(partition: partition, leader: leader))
        isActive.append(false)
        return queues.count - 1
    }

    /// From now on nothing that is here waits for more records. Answers the mark to wait for with `isFlushed`.
    mutating func flush() -> Int {
        flushMark = nextBatchID
        return flushMark
    }

    /// Whether every batch below the mark is over.
    func isFlushed(_ mark: Int) -> Bool { active.allSatisfy { queues[$0].oldestID.map { $0 >= mark } ?? true } }

    // MARK: The cluster

    mutating func setIdentity(_ identity: ProducerIdentity) { self.identity = identity }

    /// Takes in who leads; nil where nobody does.
    mutating func setLeader(_ leader: NodeID?, of partition: TopicPartition) {
        guard let place = places[partition] else { return }
        queues[place].leader = leader
    }

    /// Whether requests can be sent to a broker.
    mutating func setReady(_ node: NodeID, _ isReady: Bool) {
        if isReady { readyNodes.insert(node) } else { readyNodes.remove(node) }
    }

    // MARK: Planning

    mutating func plan(now: Int64) -> Plan {
        var plan = Plan()
        expire(now: now, into: &plan)
        active.removeAll { place in
            guard queues[place].isEmpty else { return false }
            isActive[place] = false
            return true
        }
        var open: [NodeID: Request] = [:]
        var sizes: [NodeID: Int] = [:]
        var isMore = true
        // Each round takes at most one batch of each partition, since a request may hold one.
        while isMore {
            isMore = false
            for step in active.indices {
                let place = active[(turn + step) % active.count]
                if take(place, now: now, open: &open, sizes: &sizes, plan: &plan) { isMore = true }
            }
            for node in open.keys.sorted() { if let request = open[node] { plan.requests.append(request) } }
            open = [:]
            sizes = [:]
        }
        turn = active.isEmpty ? 0 : (turn + 1) % active.count
        plan.topicsWithoutLeader = Set(plan.topicsWithoutLeader).sorted()
        plan.nodesToConnect = Set(plan.nodesToConnect).sorted()
        for place in active {
            if let time = queues[place].expiresAt(timeout: configuration.deliveryTimeoutMilliseconds) {
                plan.wake(at: time)
            }
        }
        return plan
    }

    /// Puts the next batch of a partition into its broker's request if it can go now.
    private mutating func take(
        _ place: Int, now: Int64, open: inout [NodeID: Request], sizes: inout [NodeID: Int], plan: inout Plan
    ) -> Bool {
        // Someone who waits for memory waits for whatever is here.
        let isFull = reservedByteCount >= configuration.bufferByteCount
        let linger = isFull ? 0 : configuration.lingerMilliseconds
        guard let time = queues[place].readyAt(linger: linger, flushMark: flushMark) else { return false }
        guard time <= now else {
            plan.wake(at: time)
            return false
        }
        guard let node = queues[place].leader else {
            plan.topicsWithoutLeader.append(queues[place].partition.topic)
            return false
        }
        guard readyNodes.contains(node) else {
            plan.nodesToConnect.append(node)
            return false
        }
        var fresh: ProducerIdentity?
        if configuration.usesSequences, queues[place].lacksIdentity {
            // A partition that has used up its epochs needs an id it has not had.
            if identity?.id == queues[place].identity?.id { identity = nil }
            guard let identity else {
                plan.needsIdentity = true
                return false
            }
            fresh = identity
        }
        let size = queues[place].nextByteCount
        if open[node] == nil {
            guard inFlight[node, default: 0] < configuration.maximumInFlightRequestCount else { return false }
            inFlight[node, default: 0] += 1
            open[node] = Request(id: nextRequestID, node: node, batches: [])
            requests[nextRequestID] = (node, [])
            nextRequestID += 1
        } else if sizes[node, default: 0] + size > configuration.maximumRequestByteCount {
            // It goes with the next request to that broker.
            return true
        }
        guard let id = open[node]?.id, let batch = queues[place].take(request: id, fresh: fresh) else { return false }
        open[node]?.batches.append(batch)
        sizes[node, default: 0] += size
        requests[id]?.queues.append(place)
        return true
    }

    private mutating func expire(now: Int64, into plan: inout Plan) {
        for place in active {
            let timeout = configuration.deliveryTimeoutMilliseconds
            for batch in queues[place].expire(now: now, timeout: timeout) {
                reservedByteCount -= batch.reservedByteCount
                let trouble = queues[place].trouble
                let error = ClientError(
                    .timedOut,
                    "\(batch.partition): the record was not delivered within \(timeout) ms"
                        + (trouble.map { "; the last try ended with: \($0)" } ?? ""),
                    server: trouble?.server, underlying: trouble)
                plan.deliveries.append(BatchDelivery(batch: batch, outcome: .failed(error)))
            }
        }
    }

    // MARK: Answers

    /// Takes in how a request ended, partition by partition; a partition the answer leaves out has failed.
    mutating func complete(
        request id: Int, now: Int64, random: UInt64, outcome: (TopicPartition) -> BatchOutcome
    ) -> [BatchDelivery<Waiter>] {
        guard let request = requests.removeValue(forKey: id) else { return [] }
        inFlight[request.node, default: 1] -= 1
        var deliveries: [BatchDelivery<Waiter>] = []
        for place in request.queues {
            let partition = queues[place].partition
            let outcome = outcome(partition)
            if case .failed(let error) = outcome, error.isRetriable || error.code != .server {
                // Most passing errors mean that the leader is, or was, elsewhere.
                queues[place].leader = nil
            }
            let backoff = backoff
            let verdict = queues[place].complete(request: id, outcome, now: now) { attempts in
                backoff.wait(afterFailures: attempts, random: random)
            }
            if case .over(let delivery) = verdict {
                reservedByteCount -= delivery.batch.reservedByteCount
                deliveries.append(delivery)
            }
        }
        return deliveries
    }

    /// Gives up everything that is not in flight, for a reason.
    mutating func abandon(_ error: ClientError) -> [BatchDelivery<Waiter>] {
        var deliveries: [BatchDelivery<Waiter>] = []
        for place in active {
            for batch in queues[place].expire(now: .max / 2, timeout: 0) {
                reservedByteCount -= batch.reservedByteCount
                deliveries.append(BatchDelivery(batch: batch, outcome: .failed(error)))
            }
        }
        return deliveries
    }

    /// Whether no batch is left.
    var isIdle: Bool { active.allSatisfy { queues[$0].isEmpty } }
}

extension ProducerCore.Plan {
    mutating func wake(at time: Int64) { wakeAt = min(wakeAt ?? time, time) }
}
