import BrokerCoordinators
import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells how far groups have read.
package struct OffsetFetchHandler: APIHandler {
    package typealias Request = OffsetFetchRequest
    private typealias Group = OffsetFetchResponse.OffsetFetchResponseGroup
    private typealias Topic = OffsetFetchResponse.OffsetFetchResponseTopics
    private typealias Partition = OffsetFetchResponse.OffsetFetchResponsePartitions

    private let groups: GroupCoordinator
    private let metadata: MetadataView

    package init(groups: GroupCoordinator, metadata: MetadataView) {
        self.groups = groups
        self.metadata = metadata
    }

    package func actions(for request: OffsetFetchRequest) -> [AuthorizableAction] {
        let image = metadata.image
        var actions: [AuthorizableAction] = []
        // The version is not known here: what it does not have is empty.
        for group in request.groups + [request.single] {
            actions.append(.group(.describe, group.groupID))
            let names =
                group.topics.map { topics in topics.compactMap { name(of: $0, image) } }
                ?? storedTopics(of: group.groupID)
            actions += names.map { .topic(.describe, $0) }
        }
        return actions
    }

    package func handle(_ request: OffsetFetchRequest, _ call: Call<OffsetFetchRequest>) {
        let answers = (call.version >= 8 ? request.groups : [request.single]).map { answer($0, call) }
        var response = OffsetFetchResponse()
        guard call.version < 8, let only = answers.first else {
            response.groups = answers
            return call.respond(response)
        }
        response.errorCode = only.errorCode
        response.topics = only.topics.map { topic in
            .init(
                name: topic.name,
                partitions: topic.partitions.map {
                    .init(
                        partitionIndex: $0.partitionIndex, committedOffset: $0.committedOffset,
                        committedLeaderEpoch: $0.committedLeaderEpoch, metadata: $0.metadata, errorCode: $0.errorCode)
                })
        }
        // Version 1 can only tell errors partition by partition.
        if call.version < 2, only.errorCode != .none {
            response.topics = (request.topics ?? []).map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitionIndexes.map {
                        .init(partitionIndex: $0, committedOffset: -1, metadata: "", errorCode: only.errorCode)
                    })
            }
        }
        call.respond(response)
    }

    private func answer(
        _ wanted: OffsetFetchRequest.OffsetFetchRequestGroup, _ call: Call<OffsetFetchRequest>
    ) -> Group {
        var answer = Group()
        answer.groupID = wanted.groupID
        do throws(CoordinatorError) {
            guard call.rights.allows(.group(.describe, wanted.groupID)) else {
                throw CoordinatorError(.groupAuthorizationFailed)
            }
            let stored = try groups.ask(wanted.groupID) { shard, _ in shard.offsets[wanted.groupID] }
            let image = metadata.image
            if let topics = wanted.topics {
                answer.topics = topics.map { self.topic($0, stored, image, call) }
            } else {
                answer.topics = all(stored, image, call)
            }
        } catch { answer.errorCode = error.code }
        return answer
    }

    private func topic(
        _ wanted: OffsetFetchRequest.OffsetFetchRequestTopics, _ stored: GroupOffsets?, _ image: MetadataImage,
        _ call: Call<OffsetFetchRequest>
    ) -> Topic {
        var code = ErrorCode.none
        let name = name(of: wanted, image)
        let id = name.flatMap { image.topics[$0]?.id } ?? .zero
        if let name {
            if !call.rights.allows(.topic(.describe, name)) { code = .topicAuthorizationFailed }
        } else {
            code = .unknownTopicId
        }
        return Topic(
            name: wanted.name, topicID: wanted.topicID,
            partitions: wanted.partitionIndexes.map { number in
                let offset = code == .none ? name.flatMap { stored?.offset($0, id, number) } : nil
                return Partition(number, offset, code)
            })
    }

    /// Every offset of the group, of topics that the client may know of.
    private func all(_ stored: GroupOffsets?, _ image: MetadataImage, _ call: Call<OffsetFetchRequest>) -> [Topic] {
        (stored?.topicNames ?? []).compactMap { name in
            guard call.rights.allows(.topic(.describe, name)) else { return nil }
            let id = image.topics[name]?.id ?? .zero
            // Since version 10 a topic that has no id any more cannot be named.
            if call.version >= 10, id == .zero { return nil }
            return Topic(
                name: name, topicID: id,
                partitions: (stored?.partitions(of: name) ?? []).compactMap { number, _ in
                    stored?.offset(name, id, number).map { Partition(number, $0, .none) }
                })
        }
    }

    private func name(of topic: OffsetFetchRequest.OffsetFetchRequestTopics, _ image: MetadataImage) -> String? {
        topic.topicID == .zero ? (topic.name.isEmpty ? nil : topic.name) : image.topics[topic.topicID]?.name
    }

    private func storedTopics(of group: String) -> [String] {
        (try? groups.ask(group) { shard, _ in shard.offsets[group]?.topicNames ?? [] }) ?? []
    }
}

extension OffsetFetchRequest {
    /// The one group that versions before 8 ask about.
    fileprivate var single: OffsetFetchRequestGroup {
        OffsetFetchRequestGroup(
            groupID: groupID,
            topics: topics.map { topics in
                topics.map { .init(name: $0.name, partitionIndexes: $0.partitionIndexes) }
            })
    }
}

extension OffsetFetchResponse.OffsetFetchResponsePartitions {
    fileprivate init(_ number: PartitionIndex, _ offset: CommittedOffset?, _ code: ErrorCode) {
        self.init(
            partitionIndex: number, committedOffset: offset?.offset ?? -1,
            committedLeaderEpoch: offset?.leaderEpoch ?? -1, metadata: offset?.metadata ?? "", errorCode: code)
    }
}
