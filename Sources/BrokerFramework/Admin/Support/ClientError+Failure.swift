internal import BrokerClient
internal import BrokerPrimitives

extension CommandFailure {
    /// An error of the client in words that say what to do.
    ///
    /// - Parameter servers: the addresses that were to be asked, as the user gave them.
    init(_ error: ClientError, servers: String) {
        self.init(
            error.message, kind: Self.kind(of: error), advice: Self.advice(for: error, servers: servers),
            kafkaError: error.server.map { "\($0)" })
    }

    private static func kind(of error: ClientError) -> FailureKind {
        switch error.code {
        case .connectionFailed: return .unreachable
        case .timedOut: return .timedOut
        case .invalidArgument: return .usage
        case .recordTooLarge: return .badInput
        case .offsetOutOfRange: return .notFound
        default: break
        }
        switch error.server {
        case .unknownTopicOrPartition?, .groupIdNotFound?, .unknownTopicId?, .offsetOutOfRange?: return .notFound
        case .topicAlreadyExists?: return .alreadyExists
        case .requestTimedOut?: return .timedOut
        case .topicAuthorizationFailed?, .clusterAuthorizationFailed?, .groupAuthorizationFailed?,
            .transactionalIdAuthorizationFailed?:
            return .notPermitted
        default: return .failed
        }
    }

    /// What the user can do about an error; nil if its own words say it.
    private static func advice(for error: ClientError, servers: String) -> String? {
        switch error.code {
        case .connectionFailed:
            return
                "Is a broker running at \(servers)? Start one with 'broker start', name another with -b host:port or "
                + "BROKER_BOOTSTRAP, or let this command wait for it with --wait."
        // What the broker answered to the last try says more than the time that is over.
        case .timedOut where error.server != nil: break
        case .timedOut, .connectionClosed:
            return "The broker may be overloaded or not a Kafka broker; check its log, or raise --timeout."
        case .unsupportedVersion:
            return
                "The broker at \(servers) cannot do this: see what it can do with 'broker cluster describe --verbose'."
        case .malformedResponse:
            return
                "Whoever listens at \(servers) does not speak Kafka's protocol as it should: is it the port of a broker's listener?"
        case .missingCodec: return "Use a build of this command that has the codec: 'broker version' lists them."
        default: break
        }
        switch error.server {
        case .unknownTopicOrPartition?:
            return "See which topics exist with 'broker topics list', or create it with 'broker topics create'."
        case .groupIdNotFound?: return "See which groups exist with 'broker groups list'."
        case .nonEmptyGroup?, .groupSubscribedToTopic?:
            return "Stop the group's members first: 'broker groups describe' shows them."
        case .topicAlreadyExists?: return "Use --if-not-exists to accept a topic that is there already."
        case .topicAuthorizationFailed?, .clusterAuthorizationFailed?, .groupAuthorizationFailed?,
            .transactionalIdAuthorizationFailed?:
            return "Ask the cluster's administrator for the right to do this."
        case .invalidReplicationFactor?: return "A topic cannot have more replicas than the cluster has brokers."
        case .messageTooLarge?, .recordListTooLarge?:
            return
                "The topic's max.message.bytes is the limit: see it with 'broker configs describe --topic NAME "
                + "max.message.bytes'."
        case .notEnoughReplicas?, .notEnoughReplicasAfterAppend?:
            return "Fewer replicas are in sync than min.insync.replicas asks for: see 'broker topics describe'."
        case .unknownMemberId?, .rebalanceInProgress?, .illegalGeneration?:
            return "The group changed meanwhile; try again."
        default: return nil
        }
    }
}
