import BrokerPrimitives
import BrokerWire

/// How a record that is only kept, not acted on, is told apart from others of its kind.
enum KeptRecord {
    struct Key: Hashable, Comparable {
        var kind: Int
        var name: String

        static func < (left: Key, right: Key) -> Bool { (left.kind, left.name) < (right.kind, right.name) }
    }

    /// The record says what holds now for the key.
    case set(Key)
    /// The record takes back what was said for the key.
    case removed(Key)

    /// Nil for a record that is not of this kind.
    init?(_ record: MetadataRecord) {
        switch record {
        case .delegationToken(let token): self = .set(Key(kind: 10, name: token.tokenID))
        case .removeDelegationToken(let token): self = .removed(Key(kind: 10, name: token.tokenID))
        case .userScramCredential(let credential):
            self = .set(Key(kind: 11, name: "\(credential.mechanism) \(credential.name)"))
        case .removeUserScramCredential(let credential):
            self = .removed(Key(kind: 11, name: "\(credential.mechanism) \(credential.name)"))
        case .clientQuota(let quota):
            // Only for kinds of entity that this version does not know.
            let entity = quota.entity.map { "\($0.entityType)=\($0.entityName ?? "\u{0}")" }.sorted()
            let key = Key(kind: 14, name: "\(entity.joined(separator: "\u{1}"))\u{1}\(quota.key)")
            self = quota.remove ? .removed(key) : .set(key)
        case .accessControlEntry(let entry): self = .set(Key(kind: 18, name: entry.id.description))
        case .removeAccessControlEntry(let entry): self = .removed(Key(kind: 18, name: entry.id.description))
        case .registerController(let controller): self = .set(Key(kind: 27, name: "\(controller.controllerID)"))
        default: return nil
        }
    }
}
