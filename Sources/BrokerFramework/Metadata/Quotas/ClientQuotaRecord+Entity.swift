package import BrokerPluginAPI
package import BrokerWire

extension ClientQuotaEntity {
    /// Nil if the record is of a kind of entity that this version does not know.
    init?(_ record: ClientQuotaRecord) {
        self.init()
        for part in record.entity {
            guard let dimension = Dimension(rawValue: part.entityType) else { return nil }
            self[dimension] = Name(part.entityName)
        }
    }
}

extension ClientQuotaRecord {
    /// Sets a quota; nil takes it away.
    package static func setting(_ key: String, to value: Double?, of entity: ClientQuotaEntity) -> ClientQuotaRecord {
        ClientQuotaRecord(
            entity: entity.parts.map { EntityData(entityType: $0.dimension.rawValue, entityName: $0.name.text) },
            key: key, value: value ?? 0, remove: value == nil)
    }
}
