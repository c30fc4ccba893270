import BrokerPluginAPI

/// The operations that a client may do, as the bits that Metadata and DescribeCluster answer.
enum AuthorizedOperations {
    /// What stands in an answer to a client that did not ask.
    static let notAsked = Int32.min

    private static let topic: [AclOperation] = [
        .read, .write, .create, .delete, .alter, .describe, .describeConfigs, .alterConfigs,
    ]
    private static let cluster: [AclOperation] = [
        .create, .alter, .describe, .clusterAction, .describeConfigs, .alterConfigs, .idempotentWrite,
    ]

    private static let group: [AclOperation] = [.read, .delete, .describe, .describeConfigs, .alterConfigs]

    static func actions(onGroup name: String) -> [AuthorizableAction] { group.map { .group($0, name) } }

    static func actions(onTopic name: String) -> [AuthorizableAction] { topic.map { .topic($0, name) } }

    static var actionsOnCluster: [AuthorizableAction] { cluster.map { .cluster($0) } }

    static func bits(_ actions: [AuthorizableAction], _ rights: Rights) -> Int32 {
        actions.reduce(0) { bits, action in
            rights.allows(action) ? bits | 1 << Int32(action.operation.rawValue) : bits
        }
    }
}
