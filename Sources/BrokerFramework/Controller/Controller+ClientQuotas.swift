import BrokerMetadata
import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

extension Controller {
    /// Decides an AlterClientQuotas request, entity by entity: all of an entity's changes or none.
    ///
    /// - Parameter address: an IP address as clients' addresses are written; nil for a text that is none.
    package func alterClientQuotas(
        _ request: AlterClientQuotasRequest, address: (String) -> String?
    ) -> Decision<AlterClientQuotasResponse> {
        var decision = Decision(reply: AlterClientQuotasResponse())
        let entities = request.entries.map { entry in
            Result { () throws(ControllerError) in try Self.entity(entry.entity, address) }
        }
        let repeated = Set(
            Dictionary(grouping: entities.compactMap { try? $0.get() }) { $0 }.filter { $0.value.count > 1 }.keys)
        for (entry, entity) in zip(request.entries, entities) {
            var result = AlterClientQuotasResponse.EntryData()
            result.errorMessage = nil
            result.entity = entry.entity.map { .init(entityType: $0.entityType, entityName: $0.entityName) }
            do throws(ControllerError) {
                let entity = try entity.get()
                guard !repeated.contains(entity) else {
                    throw ControllerError(.invalidRequest, "The request names an entity more than once.")
                }
                let records = try alter(entity, entry.ops)
                if !request.validateOnly { decision.records += records }
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
            }
            decision.reply.entries.append(result)
        }
        return decision
    }

    private static func entity(
        _ parts: [AlterClientQuotasRequest.EntityData], _ address: (String) -> String?
    ) throws(ControllerError) -> ClientQuotaEntity {
        var entity = ClientQuotaEntity()
        for part in parts {
            let type = part.entityType
            guard let dimension = ClientQuotaEntity.Dimension(rawValue: type) else {
                throw invalid(
                    "Unhandled client quota entity type: '\(type.prefix(64))'; there are user, client-id and ip.")
            }
            guard entity[dimension] == nil else { throw invalid("The entity has more than one \(type).") }
            guard part.entityName != "" else { throw invalid("Empty \(type) not supported.") }
            entity[dimension] = ClientQuotaEntity.Name(part.entityName)
        }
        guard !parts.isEmpty else { throw invalid("Invalid empty client quota entity.") }
        if let ip = entity.ip {
            guard parts.count == 1 else { throw invalid("An ip cannot be combined with a user or client-id.") }
            if case .exactly(let text) = ip, let problem = Self.problem(with: text, address(text)) {
                throw invalid(problem)
            }
        }
        return entity
    }

    private static func problem(with text: String, _ address: String?) -> String? {
        guard let address else { return "'\(text.prefix(64))' is not an IP address." }
        return address == text ? nil : "Write '\(text)' as \(address): quotas are found by that."
    }

    private func alter(
        _ entity: ClientQuotaEntity, _ changes: [AlterClientQuotasRequest.OpData]
    ) throws(ControllerError) -> [MetadataRecord] {
        let current = image.quotas.quotas(of: entity)
        var records: [MetadataRecord] = []
        var seen: Set<String> = []
        for change in changes {
            guard seen.insert(change.key).inserted else {
                throw Self.invalid("The quota '\(change.key.prefix(64))' is named more than once.")
            }
            if !change.remove, let problem = Self.problem(setting: change.key, to: change.value, of: entity) {
                throw Self.invalid(problem)
            }
            let next = change.remove ? nil : change.value
            guard current[change.key] != next else { continue }
            records.append(.clientQuota(.setting(change.key, to: next, of: entity)))
        }
        return records
    }

    private static func problem(setting key: String, to value: Double, of entity: ClientQuotaEntity) -> String? {
        let isAddress = entity.ip != nil
        guard let kind = ClientQuotaKind(name: key), kind.isForAddresses == isAddress else {
            let known = ClientQuotaKind.allCases.filter { $0.isForAddresses == isAddress }.map(\.name)
            return "Invalid configuration key '\(key.prefix(64))'; there can be \(known.joined(separator: ", "))."
        }
        guard value > 0, value.isFinite else { return "Quota \(key) must be greater than 0." }
        guard let largest = kind.largestWholeNumber else { return nil }
        if value > largest { return "Proposed value for \(key) is too large." }
        return value.rounded() == value ? nil : "\(key) cannot be a fractional value."
    }

    private static func invalid(_ message: String) -> ControllerError { ControllerError(.invalidRequest, message) }
}
