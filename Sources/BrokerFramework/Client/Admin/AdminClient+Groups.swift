public import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire
internal import NIOCore

/// A group as a list shows it.
public struct GroupListing: Sendable, Hashable {
    public var id: String
    /// `classic`, `consumer` (KIP-848), `share` or `streams`; empty if the broker does not tell.
    public var type: String
    /// `Stable` or `Empty` for example; empty if the broker does not tell.
    public var state: String
    /// `consumer` for groups of consumers; empty for groups that only commit.
    public var protocolType: String
}

/// A group and its members.
public struct GroupDescription: Sendable, Hashable {
    /// A member and what it reads.
    public struct Member: Sendable, Hashable {
        public var id: String
        /// Set for a static member.
        public var instanceID: String?
        public var clientID: String
        public var host: String
        /// Nil if the member's assignment is of another kind than a consumer's.
        public var assignment: [TopicPartition]?
    }

    public var id: String
    /// `classic` or `consumer`.
    public var type: String
    public var state: String
    public var protocolType: String
    /// How partitions are shared out; empty while nothing is.
    public var assignor: String
    public var coordinator: BrokerNode
    /// By id.
    public var members: [Member]
}

extension AdminClient {
    /// All groups of the cluster, by id; asks every broker.
    ///
    /// - Parameters:
    ///   - states: only groups in one of these states; empty for all.
    ///   - types: only groups of these types; empty for all.
    public func listGroups(
        states: Set<String> = [], types: Set<String> = []
    ) async throws(ClientError) -> [GroupListing] {
        try await cluster.retrying { () async throws(ClientError) in
            try await cluster.refresh([])
            var found: [String: GroupListing] = [:]
            for node in await cluster.metadata.brokers.keys.sorted() {
                for group in try await groups(of: node, states: states, types: types) { found[group.id] = group }
            }
            return found.values.sorted { $0.id < $1.id }
        }
    }

    private func groups(
        of node: NodeID, states: Set<String>, types: Set<String>
    ) async throws(ClientError) -> [GroupListing] {
        let connection = try await cluster.connection(to: node)
        let version = try connection.versions.pick(ListGroupsRequest.self)
        let response = try await connection.send(
            ListGroupsRequest(
                statesFilter: version >= 4 ? states.sorted() : [], typesFilter: version >= 5 ? types.sorted() : []),
            within: version...version)
        guard response.errorCode == .none else { throw .server(response.errorCode, "groups of broker \(node)") }
        var groups = response.groups.map {
            // Before types there was one.
            GroupListing(
                id: $0.groupID, type: version >= 5 ? $0.groupType.lowercased() : "classic", state: $0.groupState,
                protocolType: $0.protocolType)
        }
        if version < 4, !states.isEmpty {
            for (index, description) in await describeGroups(groups.map(\.id)).enumerated() {
                groups[index].state = try description.get().state
            }
        }
        if !states.isEmpty {
            groups.removeAll { group in !states.contains { $0.lowercased() == group.state.lowercased() } }
        }
        if !types.isEmpty { groups.removeAll { group in !types.contains { $0.lowercased() == group.type } } }
        return groups
    }

    /// Describes groups; one result for each, in order. A group that is not there is an error `groupIdNotFound`.
    public func describeGroups(_ ids: [String]) async -> [Result<GroupDescription, ClientError>] {
        var results: [Result<GroupDescription, ClientError>] = []
        for id in ids {
            do throws(ClientError) {
                let description = try await withCoordinator(of: id) { connection, node throws(ClientError) in
                    try await Self.describe(id, over: connection, at: node)
                }
                results.append(.success(description))
            } catch { results.append(.failure(error)) }
        }
        return results
    }

    private static func describe(
        _ id: String, over connection: BrokerConnection, at node: BrokerNode
    ) async throws(ClientError) -> GroupDescription {
        if connection.versions[.consumerGroupDescribe] != nil {
            let response = try await connection.send(ConsumerGroupDescribeRequest(groupIDs: [id]))
            guard let group = response.groups.first(where: { $0.groupID == id }) else { throw unanswered(id) }
            switch group.errorCode {
            case .none: return description(group, at: node)
            // It may be a classic one.
            case .groupIdNotFound, .unsupportedVersion: break
            case let error: throw .server(error, "group '\(id)'", message: group.errorMessage)
            }
        }
        let response = try await connection.send(DescribeGroupsRequest(groups: [id]))
        guard let group = response.groups.first(where: { $0.groupID == id }) else { throw unanswered(id) }
        guard group.errorCode == .none else {
            throw .server(group.errorCode, "group '\(id)'", message: group.errorMessage)
        }
        // Older brokers know no better way to say so.
        guard group.groupState != "Dead" else { throw .server(.groupIdNotFound, "group '\(id)'") }
        return description(group, at: node)
    }

    private static func description(
        _ group: ConsumerGroupDescribeResponse.DescribedGroup, at node: BrokerNode
    ) -> GroupDescription {
        GroupDescription(
            id: group.groupID, type: "consumer", state: group.groupState, protocolType: "consumer",
            assignor: group.assignorName, coordinator: node,
            members: group.members.map { member in
                GroupDescription.Member(
                    id: member.memberID, instanceID: member.instanceID, clientID: member.clientID,
                    host: member.clientHost,
                    assignment: member.assignment.topicPartitions.flatMap { topic in
                        topic.partitions.map { TopicPartition(topic: topic.topicName, partition: $0) }
                    }.sorted())
            }.sorted { $0.id < $1.id })
    }

    private static func description(
        _ group: DescribeGroupsResponse.DescribedGroup, at node: BrokerNode
    ) -> GroupDescription {
        let isConsumer = group.protocolType == ConsumerProtocol.protocolType
        return GroupDescription(
            id: group.groupID, type: "classic", state: group.groupState, protocolType: group.protocolType,
            assignor: group.protocolData, coordinator: node,
            members: group.members.map { member in
                var assignment: [TopicPartition]? = isConsumer ? [] : nil
                if isConsumer, member.memberAssignment.readableBytes > 0 {
                    assignment = (try? ConsumerProtocol.decodeAssignment(member.memberAssignment))?.partitions.sorted()
                }
                return GroupDescription.Member(
                    id: member.memberID, instanceID: member.groupInstanceID, clientID: member.clientID,
                    host: member.clientHost, assignment: assignment)
            }.sorted { $0.id < $1.id })
    }

    /// Deletes groups and what they have committed; one result for each, in order. A group with members is an error
    /// `nonEmptyGroup`.
    public func deleteGroups(_ ids: [String]) async -> [Result<Void, ClientError>] {
        var results: [Result<Void, ClientError>] = []
        for id in ids {
            do throws(ClientError) {
                try await withCoordinator(of: id) { connection, _ throws(ClientError) in
                    let response = try await connection.send(DeleteGroupsRequest(groupsNames: [id]))
                    guard let answer = response.results.first(where: { $0.groupID == id }) else {
                        throw Self.unanswered(id)
                    }
                    guard answer.errorCode == .none else { throw .server(answer.errorCode, "group '\(id)'") }
                }
                results.append(.success(()))
            } catch { results.append(.failure(error)) }
        }
        return results
    }

    /// Takes members out of a classic group, dynamic ones by id and static ones by instance id. What they read goes to
    /// the others; a consumer that still runs joins again.
    ///
    /// - Returns: one result for each, in order.
    public func removeMembers(
        _ members: [GroupDescription.Member], from id: String
    ) async throws(ClientError) -> [Result<Void, ClientError>] {
        guard !members.isEmpty else { return [] }
        let response = try await withCoordinator(of: id) { connection, _ throws(ClientError) in
            let request = LeaveGroupRequest(
                groupID: id,
                members: members.map {
                    .init(
                        memberID: $0.instanceID == nil ? $0.id : "", groupInstanceID: $0.instanceID,
                        reason: "removed by an administrator")
                })
            let response = try await connection.send(request, within: 3...5)
            guard response.errorCode == .none else { throw .server(response.errorCode, "group '\(id)'") }
            return response
        }
        return members.indices.map { index in
            // In the order of the request.
            guard response.members.indices.contains(index) else { return .failure(Self.unanswered(members[index].id)) }
            let error = response.members[index].errorCode
            return error == .none ? .success(()) : .failure(.server(error, "member '\(members[index].id)'"))
        }
    }

    /// Asks a group's coordinator, wherever it is by then, until it succeeds.
    func withCoordinator<Value: Sendable>(
        of group: String,
        _ work: (BrokerConnection, BrokerNode) async throws(ClientError) -> Value
    ) async throws(ClientError) -> Value {
        try await cluster.retrying { () async throws(ClientError) in
            guard let found = try await cluster.findCoordinators([group])[group] else { throw Self.unanswered(group) }
            let node = try found.get()
            if await cluster.metadata.brokers[node.id] == nil { try await cluster.refresh([]) }
            return try await work(try await cluster.connection(to: node.id), node)
        }
    }
}
