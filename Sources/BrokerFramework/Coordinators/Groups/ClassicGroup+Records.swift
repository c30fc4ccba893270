internal import BrokerWire
internal import OrderedCollections
internal import NIOCore

extension ClassicGroup {
    /// The group as it is written down.
    func record() -> GroupCoordinatorRecord {
        var value = GroupMetadataValue()
        value.protocolType = protocolType ?? ""
        value.generation = generation
        value.protocol = protocolName
        value.leader = leader
        value.currentStateTimestamp = stateTimestamp
        value.members = members.values.map { member in
            GroupMetadataValue.MemberMetadata(
                memberID: member.id, groupInstanceID: member.instanceID, clientID: member.client.id,
                clientHost: member.client.host, rebalanceTimeout: member.rebalanceTimeout,
                sessionTimeout: member.sessionTimeout, subscription: member.metadata(for: protocolName),
                assignment: member.assignment)
        }
        return .groupMetadata(GroupMetadataKey(group: id), value)
    }

    /// The group as it was written down.
    init(id: String, _ value: GroupMetadataValue) {
        self.init(id: id)
        protocolType = value.protocolType.isEmpty ? nil : value.protocolType
        protocolName = value.protocol
        generation = value.generation
        for member in value.members {
            var restored = ClassicMember(
                id: member.memberID, instanceID: member.groupInstanceID,
                client: GroupClient(id: member.clientID, host: member.clientHost),
                rebalanceTimeout: member.rebalanceTimeout == -1 ? member.sessionTimeout : member.rebalanceTimeout,
                sessionTimeout: member.sessionTimeout,
                protocols: value.protocol.map { [.init(name: $0, metadata: member.subscription)] } ?? [])
            restored.assignment = member.assignment.detached
            add(restored)
        }
        leader = value.leader
        restore(members.isEmpty ? .empty : .stable, since: value.currentStateTimestamp)
        noteSubscriptions()
    }
}
