package import BrokerWire
internal import OrderedCollections
internal import NIOCore

extension GroupShard {
    /// The kind of group that is served here, as ListGroups names it.
    package static let classicType = "classic"

    /// All groups in one of `states`, or in any if there are none; names are compared without regard to case.
    package func list(states: [String]) -> [ListGroupsResponse.ListedGroup] {
        let wanted = Set(states.map { $0.lowercased() })
        return groups.keys.sorted().compactMap { id in
            guard let group = groups[id], !group.isTrivial || offsets[id] != nil else { return nil }
            guard wanted.isEmpty || wanted.contains(group.state.rawValue.lowercased()) else { return nil }
            return .init(
                groupID: id, protocolType: group.protocolType ?? "", groupState: group.state.rawValue,
                groupType: Self.classicType)
        }
    }

    /// What DescribeGroups answers, the operations apart; nil if there is no such group.
    package func describe(_ id: String) -> DescribeGroupsResponse.DescribedGroup? {
        guard let group = groups[id] else { return nil }
        var described = DescribeGroupsResponse.DescribedGroup()
        described.groupID = id
        described.groupState = group.state.rawValue
        described.protocolType = group.protocolType ?? ""
        let isStable = group.state == .stable
        described.protocolData = isStable ? group.protocolName ?? "" : ""
        described.members = group.members.values.map { member in
            .init(
                memberID: member.id, groupInstanceID: member.instanceID, clientID: member.client.id,
                clientHost: member.client.host,
                memberMetadata: isStable ? member.metadata(for: group.protocolName) : ByteBuffer(),
                memberAssignment: isStable ? member.assignment : ByteBuffer())
        }
        return described
    }

    /// How many groups are in each state, and how many offsets are kept, for the metrics.
    package var census: GroupCensus {
        var census = GroupCensus()
        for group in groups.values { census.groups[group.state, default: 0] += 1 }
        for known in offsets.values { census.offsetCount += known.count }
        census.rebalanceCount = rebalanceCount
        return census
    }
}

/// Counts over groups.
package struct GroupCensus: Hashable, Sendable {
    package var groups: [ClassicGroup.State: Int] = [:]
    package var offsetCount = 0
    package var rebalanceCount = 0

    package init() {}

    package static func + (left: GroupCensus, right: GroupCensus) -> GroupCensus {
        var sum = left
        sum.groups.merge(right.groups, uniquingKeysWith: +)
        sum.offsetCount += right.offsetCount
        sum.rebalanceCount += right.rebalanceCount
        return sum
    }
}
