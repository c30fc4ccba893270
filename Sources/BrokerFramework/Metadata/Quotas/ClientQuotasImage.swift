public import BrokerPluginAPI
package import BrokerWire
public import HashTreeCollections

/// The quotas of clients, as set.
public struct ClientQuotasImage: Sendable {
    /// The quotas of each entity, by Kafka's key.
    public private(set) var all: TreeDictionary<ClientQuotaEntity, [String: Double]> = [:]
    /// How many entities there are of each shape, so that a look-up asks only for those that there are.
    private var shapes: [Shape: Int] = [:]

    public init() {}

    /// The quotas set on an entity; empty if none are.
    public func quotas(of entity: ClientQuotaEntity) -> [String: Double] { all[entity] ?? [:] }

    /// The kinds of quota that are set for anyone.
    public var kinds: Set<ClientQuotaKind> {
        Set(all.values.flatMap { $0.keys.compactMap(ClientQuotaKind.init(name:)) })
    }

    /// Notes what a record says.
    package mutating func apply(_ record: ClientQuotaRecord, to entity: ClientQuotaEntity) {
        let old = all[entity]
        var quotas = old ?? [:]
        quotas[record.key] = record.remove ? nil : record.value
        all[entity] = quotas.isEmpty ? nil : quotas
        let change = (quotas.isEmpty ? 0 : 1) - (old == nil ? 0 : 1)
        if change != 0 { shapes[Shape(entity), default: 0] += change }
    }

    package var records: [ClientQuotaRecord] {
        all.sorted { $0.key < $1.key }.flatMap { entity, quotas in
            quotas.sorted { $0.key < $1.key }.map { .setting($0.key, to: $0.value, of: entity) }
        }
    }
}

extension ClientQuotasImage: SetQuotas {
    public func value(_ kind: ClientQuotaKind, of entity: ClientQuotaEntity) -> Double? { all[entity]?[kind.name] }

    public func quota(_ kind: ClientQuotaKind, user: String, clientID: String) -> ClientQuota? {
        let user = ClientQuotaEntity.Name.exactly(user)
        let client = ClientQuotaEntity.Name.exactly(clientID)
        for shape in Shape.precedence where shapes[shape, default: 0] > 0 {
            let entity = ClientQuotaEntity(
                user: shape.user.map { $0 ? user : .anyOther }, clientID: shape.clientID.map { $0 ? client : .anyOther }
            )
            guard let value = value(kind, of: entity) else { continue }
            let sharers = ClientQuotaEntity(
                user: shape.user.map { _ in user }, clientID: shape.clientID.map { _ in client })
            return ClientQuota(value: max(value, .leastNonzeroMagnitude), sharers: sharers, isNamed: entity == sharers)
        }
        return nil
    }

    /// What limits an address.
    public func quota(_ kind: ClientQuotaKind, ip: String) -> ClientQuota? {
        let address = ClientQuotaEntity(ip: .exactly(ip))
        for entity in [address, ClientQuotaEntity(ip: .anyOther)] {
            guard let value = value(kind, of: entity) else { continue }
            return ClientQuota(value: max(value, .leastNonzeroMagnitude), sharers: address, isNamed: entity == address)
        }
        return nil
    }

    /// Which parts an entity has; true for those that are a name, false for those that are everyone else.
    private struct Shape: Hashable {
        var user: Bool?
        var clientID: Bool?

        init(user: Bool?, clientID: Bool?) {
            self.user = user
            self.clientID = clientID
        }

        init(_ entity: ClientQuotaEntity) {
            user = entity.user.map { $0 != .anyOther }
            clientID = entity.clientID.map { $0 != .anyOther }
        }

        static let precedence = [
            Shape(user: true, clientID: true), Shape(user: true, clientID: false), Shape(user: true, clientID: nil),
            Shape(user: false, clientID: true), Shape(user: false, clientID: false), Shape(user: false, clientID: nil),
            Shape(user: nil, clientID: true), Shape(user: nil, clientID: false),
        ]
    }
}
