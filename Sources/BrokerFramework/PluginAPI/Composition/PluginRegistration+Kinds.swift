public import BrokerModel

extension PluginRegistration {
    /// - Parameter name: nil for the plug-in's own.
    public static func plugin<P: Partitioner & Plugin>(_ plugin: P.Type, as name: String? = nil) -> Self {
        PluginRegistration(plugin, .partitioner, as: name) { make in
            .partitioner { lookup throws(PluginError) in try make(lookup) }
        }
    }

    /// - Parameter name: nil for the plug-in's own.
    public static func plugin<P: CleanupPolicy & Plugin>(_ plugin: P.Type, as name: String? = nil) -> Self {
        PluginRegistration(plugin, .cleanupPolicy, as: name) { make in
            .cleanupPolicy { lookup throws(PluginError) in try make(lookup) }
        }
    }

    /// - Parameter name: nil for the plug-in's own.
    public static func plugin<P: CompressionCodec & Plugin>(_ plugin: P.Type, as name: String? = nil) -> Self {
        PluginRegistration(plugin, .codec, as: name) { make in
            .codec { lookup throws(PluginError) in try make(lookup) }
        }
    }

    /// - Parameter name: nil for the plug-in's own.
    public static func plugin<P: Authorizer & Plugin>(_ plugin: P.Type, as name: String? = nil) -> Self {
        PluginRegistration(plugin, .authorizer, as: name) { make in
            .authorizer { lookup throws(PluginError) in try make(lookup) }
        }
    }

    /// - Parameter name: nil for the plug-in's own.
    public static func plugin<P: StorageProvider & Plugin>(_ plugin: P.Type, as name: String? = nil) -> Self {
        PluginRegistration(plugin, .storage, as: name) { make in
            .storage { lookup throws(PluginError) in try make(lookup) }
        }
    }

    /// A partitioner that is one function; see ``Partitioner/partition(for:)`` for what it promises.
    public static func partitioner(
        _ name: String, summary: String = "A function.", file: StaticString = #fileID, line: UInt = #line,
        _ choose: @escaping @Sendable (PartitionerContext) -> PartitionIndex
    ) -> PluginRegistration {
        PluginRegistration(
            name: name, summary: summary, typeName: "\(file):\(line)",
            factory: .partitioner { _ in ClosurePartitioner(choose: choose) })
    }

    /// A cleanup policy that is one function; see ``CleanupPolicy/plan(for:)`` for what it promises.
    public static func cleanupPolicy(
        _ name: String, summary: String = "A function.", file: StaticString = #fileID, line: UInt = #line,
        _ plan: @escaping @Sendable (CleanupLog) -> CleanupPlan
    ) -> PluginRegistration {
        PluginRegistration(
            name: name, summary: summary, typeName: "\(file):\(line)",
            factory: .cleanupPolicy { _ in ClosureCleanupPolicy(plan: plan) })
    }

    /// An authorizer that judges one action at a time; see ``Authorizer`` for what it promises.
    public static func authorizer(
        _ name: String, summary: String = "A function.", file: StaticString = #fileID, line: UInt = #line,
        _ allows: @escaping @Sendable (AuthorizableAction, RequestContext) -> Bool
    ) -> PluginRegistration {
        PluginRegistration(
            name: name, summary: summary, typeName: "\(file):\(line)",
            factory: .authorizer { _ in ClosureAuthorizer(allows: allows) })
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

private struct ClosureAuthorizer: Authorizer {
    let allows: @Sendable (AuthorizableAction, RequestContext) -> Bool
    func authorize(_ actions: [AuthorizableAction], for context: RequestContext) -> [AuthorizationResult] {
        actions.map { allows($0, context) ? .allowed : .denied }
    }
}
