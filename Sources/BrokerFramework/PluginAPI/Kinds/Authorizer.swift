/// Decides who may do what.
///
/// Asked once for every request, with everything the request touches. Must not block and may be called from any
/// thread, several at a time; what it denies is answered with Kafka's authorization error for the resource.
/// Too few or too many answers deny everything.
public protocol Authorizer: Sendable {
    /// One answer for each action, in order.
    ///
    /// - Throws: when it cannot say, a rule store that is gone for example. Everything asked is denied then, and the
    ///   failure counts against the authorizer.
    func authorize(_ actions: [AuthorizableAction], for context: RequestContext) throws(PluginError)
        -> [AuthorizationResult]

    /// Whether it denies nobody anything, now and later. Then it is not asked, which makes every request a little
    /// faster. False unless the authorizer says otherwise; read once, when the broker starts.
    var allowsEverything: Bool { get }
}

extension Plugin where Self: Authorizer {
    public static var kind: PluginKind { .authorizer }
}

extension Authorizer {
    public var allowsEverything: Bool { false }
}

/// Who asks.
public struct RequestContext: Hashable, Sendable {
    /// `User:alice`; `User:ANONYMOUS` on a listener without authentication.
    public var principal: String
    /// The client's address, without the port.
    public var host: String
    /// The listener's name, `PLAINTEXT` for example.
    public var listener: String
    /// What the client calls itself; not to be trusted.
    public var clientID: String?

    public init(principal: String, host: String, listener: String, clientID: String?) {
        self.principal = principal
        self.host = host
        self.listener = listener
        self.clientID = clientID
    }
}

/// An operation on a resource.
public struct AuthorizableAction: Hashable, Sendable {
    public var operation: AclOperation
    public var resource: ResourceType
    /// The topic's, group's or other resource's name; `kafka-cluster` for the cluster.
    public var name: String

    public init(_ operation: AclOperation, on resource: ResourceType, named name: String) {
        self.operation = operation
        self.resource = resource
        self.name = name
    }

    /// An operation on the cluster as a whole.
    public static func cluster(_ operation: AclOperation) -> AuthorizableAction {
        AuthorizableAction(operation, on: .cluster, named: "kafka-cluster")
    }

    /// An operation on a topic.
    public static func topic(_ operation: AclOperation, _ name: String) -> AuthorizableAction {
        AuthorizableAction(operation, on: .topic, named: name)
    }

    /// An operation on a consumer group.
    public static func group(_ operation: AclOperation, _ name: String) -> AuthorizableAction {
        AuthorizableAction(operation, on: .group, named: name)
    }
}

public enum AuthorizationResult: Hashable, Sendable {
    case allowed
    case denied
}

/// What can be done to a resource; raw values are Kafka's codes.
public enum AclOperation: Int8, Sendable, CaseIterable {
    case read = 3
    case write = 4
    case create = 5
    case delete = 6
    case alter = 7
    case describe = 8
    case clusterAction = 9
    case describeConfigs = 10
    case alterConfigs = 11
    case idempotentWrite = 12
    case createTokens = 13
    case describeTokens = 14
    case twoPhaseCommit = 15
}

/// What can be acted on; raw values are Kafka's codes.
public enum ResourceType: Int8, Sendable, CaseIterable {
    case topic = 2
    case group = 3
    case cluster = 4
    case transactionalID = 5
    case delegationToken = 6
    case user = 7
}
