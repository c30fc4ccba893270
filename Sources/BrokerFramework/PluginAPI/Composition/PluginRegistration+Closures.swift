public import BrokerModel

extension PluginRegistration {
    /// A partitioner that is one function; see ``Partitioner/partition(for:)`` for what it promises.
    public static func partitioner(
        _ name: String, summary: String = "A function.", file: StaticString = #fileID, line: UInt = #line,
        _ choose: @escaping @Sendable (PartitionerContext) -> PartitionIndex
    ) -> PluginRegistration {
        PluginRegistration(.partitioner, name: name, summary: summary, typeName: "\(file):\(line)") { _ in
            ClosurePartitioner(choose: choose)
        }
    }

    /// A cleanup policy that is one function; see ``CleanupPolicy/plan(for:)`` for what it promises.
    public static func cleanupPolicy(
        _ name: String, summary: String = "A function.", file: StaticString = #fileID, line: UInt = #line,
        _ plan: @escaping @Sendable (CleanupLog) -> CleanupPlan
    ) -> PluginRegistration {
        PluginRegistration(.cleanupPolicy, name: name, summary: summary, typeName: "\(file):\(line)") { _ in
            ClosureCleanupPolicy(plan: plan)
        }
    }

    /// A record interceptor that is one function; see ``RecordInterceptor/intercept(_:in:)`` for what it promises.
    public static func recordInterceptor(
        _ name: String, summary: String = "A function.", file: StaticString = #fileID, line: UInt = #line,
        _ intercept: @escaping @Sendable (Record, RecordInterceptorContext) throws(PluginError) -> Record?
    ) -> PluginRegistration {
        PluginRegistration(.recordInterceptor, name: name, summary: summary, typeName: "\(file):\(line)") { _ in
            ClosureRecordInterceptor(function: intercept)
        }
    }

    /// An authorizer that judges one action at a time; see ``Authorizer`` for what it promises.
    public static func authorizer(
        _ name: String, summary: String = "A function.", file: StaticString = #fileID, line: UInt = #line,
        _ allows: @escaping @Sendable (AuthorizableAction, RequestContext) -> Bool
    ) -> PluginRegistration {
        PluginRegistration(.authorizer, name: name, summary: summary, typeName: "\(file):\(line)") { _ in
            ClosureAuthorizer(allows: allows)
        }
    }
}

private struct ClosurePartitioner: Partitioner {
    let choose: @Sendable (PartitionerContext) -> PartitionIndex
    func partition(for record: PartitionerContext) -> PartitionIndex { choose(record) }
}

private struct ClosureCleanupPolicy: CleanupPolicy {
    let plan: @Sendable (CleanupLog) -> CleanupPlan
    func plan(for log: CleanupLog) -> CleanupPlan { plan(log) }
}

private struct ClosureRecordInterceptor: RecordInterceptor {
    let function: @Sendable (Record, RecordInterceptorContext) throws(PluginError) -> Record?
    func intercept(_ record: Record, in context: RecordInterceptorContext) throws(PluginError) -> Record? {
        try function(record, context)
    }
}

private struct ClosureAuthorizer: Authorizer {
    let allows: @Sendable (AuthorizableAction, RequestContext) -> Bool
    func authorize(_ actions: [AuthorizableAction], for context: RequestContext) -> [AuthorizationResult] {
        actions.map { allows($0, context) ? .allowed : .denied }
    }
}
