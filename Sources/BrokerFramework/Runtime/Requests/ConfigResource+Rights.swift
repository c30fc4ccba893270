internal import BrokerController
internal import BrokerMetadata
internal import BrokerPluginAPI
internal import BrokerPrimitives

extension ConfigResource {
    init(wire type: Int8, _ name: String) { self.init(Kind(rawValue: type) ?? .unknown, name) }

    /// What must be allowed for `operation` on the configs of this resource.
    func action(_ operation: AclOperation) -> AuthorizableAction {
        switch kind {
        case .topic: .topic(operation, name)
        case .group: AuthorizableAction(operation, on: .group, named: name)
        case .broker, .brokerLogger, .clientMetrics, .unknown: .cluster(operation)
        }
    }

    /// The answer to who may not do that; nil for who may.
    func refusal(of operation: AclOperation, by rights: Rights) -> ControllerError? {
        guard !rights.allows(action(operation)) else { return nil }
        let code: ErrorCode =
            switch kind {
            case .topic: .topicAuthorizationFailed
            case .group: .groupAuthorizationFailed
            case .broker, .brokerLogger, .clientMetrics, .unknown: .clusterAuthorizationFailed
            }
        return ControllerError(code, "Not authorized.")
    }
}
