package import BrokerMetadata
package import BrokerPluginAPI
internal import BrokerQuotas
package import BrokerWorld
internal import Synchronization

/// Holds clients to their quotas.
///
/// Safe on any thread. Where no quota is set, asking costs one load; where one is, a lock that only clients with the
/// same hash share.
package final class ClientQuotas: Sendable {
    private let metadata: MetadataView
    private let world: World
    private let policy: (any QuotaPolicy)?
    /// What the policy is shown, which is one reference.
    private let published = Mutex(PublishedQuotas(ClientQuotasImage()))
    private let window: QuotaWindow
    private let mutationWindow: QuotaWindow
    private let shards: [Shard]
    /// A bit for each kind of quota that may limit anyone.
    private let inUse = Atomic<UInt8>(0)
    /// The bits of what the policy may limit with no quota set.
    private let bitsAlwaysInUse: UInt8
    private let whenChanged = Mutex<(@Sendable () -> Void)?>(nil)

    /// So many clients without a quota under their own name are measured each by itself, for each kind.
    private static let shardCount = 16
    private static let capacityOfShard = 1024

    private final class Shard: Sendable {
        struct Sensors {
            /// By kind, as kinds are numbered: where clients share a meter, what it measures must be of one unit.
            var rates: [SensorTable<Int, RateMeter>]
            var buckets: SensorTable<Int, TokenBucket>
        }

        let sensors: Mutex<Sensors>

        init(_ window: QuotaWindow, _ mutationWindow: QuotaWindow) {
            sensors = Mutex(
                Sensors(
                    rates: ClientQuotaKind.allCases.map { _ in
                        SensorTable(capacity: capacityOfShard, window: window)
                    },
                    buckets: SensorTable(capacity: capacityOfShard, window: mutationWindow)))
        }
    }

    /// - Parameter policy: says which quota limits a client; nil for Kafka's order.
    package init(
        config: BrokerConfig, metadata: MetadataView, world: World, policy: (any QuotaPolicy)? = nil
    ) {
        let policy = policy?.followsKafkasOrder == true ? nil : policy
        self.metadata = metadata
        self.world = world
        self.policy = policy
        bitsAlwaysInUse =
            policy.map(\.needsSetQuotas) == false
            ? ClientQuotaKind.allCases.filter { !$0.isForAddresses }.reduce(0) { $0 | $1.bit } : 0
        inUse.store(bitsAlwaysInUse, ordering: .relaxed)
        window = QuotaWindow(
            sampleCount: config.int("quota.window.num"),
            sampleMilliseconds: config.long("quota.window.size.seconds").multipliedCapped(by: 1000))
        mutationWindow = QuotaWindow(
            sampleCount: config.int("controller.quota.window.num"),
            sampleMilliseconds: config.long("controller.quota.window.size.seconds").multipliedCapped(by: 1000))
        shards = (0..<Self.shardCount).map { [window, mutationWindow] _ in Shard(window, mutationWindow) }
    }

    /// Must hear of every change of the quotas, after `metadata` shows it.
    package func metadataChanged(_ delta: MetadataDelta, _ image: MetadataImage) {
        guard delta.quotasChanged else { return }
        published.withLock { $0 = PublishedQuotas(image.quotas) }
        inUse.store(image.quotas.kinds.reduce(bitsAlwaysInUse) { $0 | $1.bit }, ordering: .relaxed)
        whenChanged.withLock { $0 }?()
    }

    /// Sets what is called whenever quotas have changed, so that nobody waits for a quota that no longer is.
    package func whenChanged(_ action: @escaping @Sendable () -> Void) { whenChanged.withLock { $0 = action } }

    /// Whether any quota may limit anyone.
    package var isActive: Bool { inUse.load(ordering: .relaxed) != 0 }

    /// Whether a quota of this kind may limit anyone.
    package func isActive(_ kind: ClientQuotaKind) -> Bool { inUse.load(ordering: .relaxed) & kind.bit != 0 }

    // MARK: Rates

    /// Notes that a client used so much of what `kind` limits; answers for how many milliseconds it must wait.
    package func record(_ amount: Double, of kind: ClientQuotaKind, for context: RequestContext) -> Int64 {
        guard isActive(kind), let limit = limit(kind, context) else { return 0 }
        return capped(
            rate(kind, limit) { [window] meter, now in
                meter.record(amount, at: now, in: window)
                return meter.debtMilliseconds(limit: limit.value, at: now, in: window)
            }, kind)
    }

    /// For how many milliseconds a client must wait for what it used so far.
    package func debt(_ kind: ClientQuotaKind, of context: RequestContext) -> Int64 {
        guard isActive(kind), let limit = limit(kind, context) else { return 0 }
        return capped(
            rate(kind, limit) { [window] meter, now in
                meter.debtMilliseconds(limit: limit.value, at: now, in: window)
            }, kind)
    }

    /// A request's time says little by itself, so it must not stop a client for long.
    private func capped(_ debt: Int64, _ kind: ClientQuotaKind) -> Int64 {
        kind == .requestPercentage ? min(debt, window.sampleMilliseconds) : debt
    }

    /// How many bytes a fetch may answer, so that a client over its quota gets none, and one within it comes back soon
    /// rather than wait long for a large answer; nil for any number.
    package func fetchByteCount(for context: RequestContext) -> Int? {
        guard isActive(.consumerByteRate), let limit = limit(.consumerByteRate, context) else { return nil }
        guard debt(.consumerByteRate, of: context) == 0 else { return 0 }
        return Int(min(max(1, limit.value * Double(window.sampleMilliseconds) / 4000), Double(Int32.max)))
    }

    /// Counts a connection from an address; answers nil to serve it, or for how many milliseconds to refuse it.
    package func connected(from host: String) -> Int64? {
        guard isActive(.connectionCreationRate),
            let limit = metadata.image.quotas.quota(.connectionCreationRate, ip: host)
        else { return nil }
        return rate(.connectionCreationRate, limit) { [window] meter, now in
            // What is refused is not counted, or a client that tries again and again would never get in.
            let debt = meter.debtMilliseconds(limit: limit.value, at: now, in: window)
            guard debt == 0 else { return min(debt, window.sampleMilliseconds) }
            meter.record(1, at: now, in: window)
            return nil
        }
    }

    private func rate<Result: Sendable>(
        _ kind: ClientQuotaKind, _ limit: ClientQuota, _ body: (inout RateMeter, Int64) -> Result
    ) -> Result {
        let (key, now) = (limit.sharers.hashValue, world.monotonicMilliseconds)
        return shard(key).sensors.withLock { sensors in
            sensors.rates[Int(kind.rawValue)].with(key, isNamed: limit.isNamed, at: now) { body(&$0, now) }
        }
    }

    // MARK: Changes of the metadata

    /// The quota for the changes that a request makes; nil if there is none.
    ///
    /// - Parameter isStrict: whether the client knows the error for what is over the quota.
    package func mutationQuota(for context: RequestContext, isStrict: Bool) -> MutationQuota? {
        guard isActive(.controllerMutationRate), let limit = limit(.controllerMutationRate, context) else { return nil }
        return MutationQuota(isStrict: isStrict) { [self] count in take(count, limit, isStrict: isStrict) }
    }

    private func take(_ count: Int, _ limit: ClientQuota, isStrict: Bool) -> Int64 {
        let (key, now) = (limit.sharers.hashValue, world.monotonicMilliseconds)
        return shard(key).sensors.withLock { [mutationWindow] sensors in
            sensors.buckets.with(key, isNamed: limit.isNamed, at: now) { bucket in
                let debt = bucket.debtMilliseconds(rate: limit.value, at: now, in: mutationWindow)
                if isStrict, debt > 0 { return debt }
                bucket.take(Double(count), rate: limit.value, at: now, in: mutationWindow)
                return isStrict ? 0 : bucket.debtMilliseconds(rate: limit.value, at: now, in: mutationWindow)
            }
        }
    }

    // MARK: Sensors

    /// What limits a client: the one place where the policy is asked.
    private func limit(_ kind: ClientQuotaKind, _ context: RequestContext) -> ClientQuota? {
        let set = published.withLock { $0 }
        guard let policy else { return set.quota(kind, of: context) }
        do throws(PluginError) {
            let quota = try policy.quota(kind, for: context, among: set)
            if quota.map({ $0.value > 0 && $0.value.isFinite }) ?? true { return quota }
        } catch {
            // As with an answer that is no number: whoever contains the policy has noted it.
        }
        return set.quota(kind, of: context)
    }

    /// By a hash of the names, which may be long: clients whose hashes are the same share a quota, and nothing worse.
    private func shard(_ key: Int) -> Shard { shards[Int(UInt(bitPattern: key) % UInt(shards.count))] }
}

extension ClientQuotaKind {
    fileprivate var bit: UInt8 { 1 << rawValue }
}

/// The quotas that are set, for a policy to look at.
private final class PublishedQuotas: SetQuotas {
    private let image: ClientQuotasImage

    init(_ image: ClientQuotasImage) { self.image = image }

    func value(_ kind: ClientQuotaKind, of entity: ClientQuotaEntity) -> Double? { image.value(kind, of: entity) }

    func quota(_ kind: ClientQuotaKind, user: String, clientID: String) -> ClientQuota? {
        image.quota(kind, user: user, clientID: clientID)
    }
}

extension Int64 {
    fileprivate func multipliedCapped(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
