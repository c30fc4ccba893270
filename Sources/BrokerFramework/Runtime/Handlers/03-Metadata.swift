import BrokerController
import BrokerMetadata
import BrokerModel
package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Tells the brokers, and the topics with their partitions and leaders; creates topics that are asked for, if allowed.
package struct MetadataHandler: APIHandler {
    package typealias Request = MetadataRequest

    private let cluster: ClusterInfo
    private let metadata: MetadataView
    private let endpoints: Endpoints
    private let gate: TopicGate
    private let createsTopics: Bool

    package init(
        cluster: ClusterInfo, metadata: MetadataView, endpoints: Endpoints, gate: TopicGate,
        createsTopics: Bool
    ) {
        self.cluster = cluster
        self.metadata = metadata
        self.endpoints = endpoints
        self.gate = gate
        self.createsTopics = createsTopics
    }

    package func actions(for request: MetadataRequest) -> [AuthorizableAction] {
        var actions: [AuthorizableAction] = []
        let image = metadata.image
        // No topics are all topics in version 0, which is not known here.
        let wanted = request.topics?.isEmpty == true ? nil : request.topics
        let names = wanted?.compactMap { $0.name ?? image.topics[$0.topicID]?.name } ?? image.topics.names
        for name in names {
            actions.append(.topic(.describe, name))
            if wanted != nil, request.allowAutoTopicCreation { actions.append(.topic(.create, name)) }
            if request.includeTopicAuthorizedOperations { actions += AuthorizedOperations.actions(onTopic: name) }
        }
        if request.allowAutoTopicCreation { actions.append(.cluster(.create)) }
        if request.includeClusterAuthorizedOperations { actions += AuthorizedOperations.actionsOnCluster }
        return actions
    }

    package func handle(_ request: MetadataRequest, _ call: Call<MetadataRequest>) {
        let missing = namesToCreate(request, call)
        guard !missing.isEmpty else { return call.respond(response(request, call)) }
        var creation = CreateTopicsRequest()
        creation.topics = missing.map {
            CreateTopicsRequest.CreatableTopic(name: $0, numPartitions: -1, replicationFactor: -1)
        }
        // No version knows the error for what is over the quota.
        let quota = call.mutationQuota(strictSince: .max)
        gate.submit(for: call.context) { [creation] controller, generator, judge in
            controller.createTopics(
                creation, describes: { _ in false }, judge: judge, charge: { quota?.charge($0) }, generator: &generator)
        } then: { result in
            if case .success(let reply) = result {
                for topic in reply.topics where topic.errorCode == .policyViolation {
                    gate.refusedSilently(topic.name, topic.errorMessage)
                }
            }
            // Whatever came of it, the answer tells what exists now.
            call.respond(response(request, call), throttleMilliseconds: quota?.throttleMilliseconds ?? 0)
        }
    }

    private func namesToCreate(_ request: MetadataRequest, _ call: Call<MetadataRequest>) -> [String] {
        guard createsTopics, call.version < 4 || request.allowAutoTopicCreation, let topics = request.topics else {
            return []
        }
        let image = metadata.image
        var names: [String] = []
        for name in topics.compactMap(\.name)
        where image.topics[name] == nil && TopicName.problem(with: name) == nil && name != TopicName.clusterMetadata {
            let allowed = call.rights.allows(.cluster(.create)) || call.rights.allows(.topic(.create, name))
            if allowed, call.rights.allows(.topic(.describe, name)) { names.append(name) }
        }
        return names
    }

    private func response(_ request: MetadataRequest, _ call: Call<MetadataRequest>) -> MetadataResponse {
        let image = metadata.image
        var response = MetadataResponse()
        response.clusterID = cluster.clusterID
        response.controllerID = image.liveBrokers.first?.id ?? -1
        response.brokers = image.liveBrokers.compactMap { broker in
            guard let address = endpoints.address(of: broker, for: call.peer) else { return nil }
            return MetadataResponse.MetadataResponseBroker(
                nodeID: broker.id, host: address.host, port: address.port, rack: broker.rack)
        }
        // Version 0 has no way to ask for none.
        let wanted = call.version == 0 && request.topics?.isEmpty == true ? nil : request.topics
        let asksOperations = request.includeTopicAuthorizedOperations
        if let wanted {
            response.topics = wanted.map { answer($0, image, call, asksOperations: asksOperations) }
        } else {
            response.topics = image.topics.names.compactMap { name in
                guard call.rights.allows(.topic(.describe, name)), let topic = image.topics[name] else { return nil }
                return describe(topic, image, call, asksOperations: asksOperations)
            }
        }
        response.clusterAuthorizedOperations =
            request.includeClusterAuthorizedOperations
            ? AuthorizedOperations.bits(AuthorizedOperations.actionsOnCluster, call.rights)
            : AuthorizedOperations.notAsked
        return response
    }

    private func answer(
        _ wanted: MetadataRequest.MetadataRequestTopic, _ image: MetadataImage, _ call: Call<MetadataRequest>,
        asksOperations: Bool
    ) -> MetadataResponse.MetadataResponseTopic {
        var refusal = MetadataResponse.MetadataResponseTopic()
        refusal.name = wanted.name
        refusal.topicID = wanted.topicID
        refusal.topicAuthorizedOperations =
            asksOperations && wanted.name != nil
            ? AuthorizedOperations.bits(AuthorizedOperations.actions(onTopic: wanted.name ?? ""), call.rights)
            : AuthorizedOperations.notAsked
        guard let name = wanted.name else {
            guard let topic = image.topics[wanted.topicID], call.rights.allows(.topic(.describe, topic.name)) else {
                refusal.errorCode = .unknownTopicId
                return refusal
            }
            return describe(topic, image, call, asksOperations: asksOperations)
        }
        refusal.topicID = .zero
        guard call.rights.allows(.topic(.describe, name)) else {
            refusal.errorCode = .topicAuthorizationFailed
            return refusal
        }
        guard let topic = image.topics[name] else {
            refusal.errorCode = TopicName.problem(with: name) == nil ? .unknownTopicOrPartition : .invalidTopicException
            return refusal
        }
        return describe(topic, image, call, asksOperations: asksOperations)
    }

    private func describe(
        _ topic: TopicImage, _ image: MetadataImage, _ call: Call<MetadataRequest>, asksOperations: Bool
    ) -> MetadataResponse.MetadataResponseTopic {
        var answer = MetadataResponse.MetadataResponseTopic()
        answer.name = topic.name
        answer.topicID = topic.id
        answer.isInternal = TopicName.internalTopics.contains(topic.name)
        answer.partitions = topic.partitions.enumerated().map { number, partition in
            MetadataResponse.MetadataResponsePartition(
                errorCode: partition.leader == -1 ? .leaderNotAvailable : .none, partitionIndex: Int32(number),
                leaderID: partition.leader, leaderEpoch: partition.leaderEpoch, replicaNodes: partition.replicas,
                isrNodes: partition.isr, offlineReplicas: image.offlineReplicas(of: partition))
        }
        answer.topicAuthorizedOperations =
            asksOperations
            ? AuthorizedOperations.bits(AuthorizedOperations.actions(onTopic: topic.name), call.rights)
            : AuthorizedOperations.notAsked
        return answer
    }
}

extension MetadataImage {
    /// The replicas of a partition whose brokers are not there.
    func offlineReplicas(of partition: PartitionImage) -> [NodeID] {
        partition.replicas.filter { brokers[$0]?.isFenced != false }
    }
}
