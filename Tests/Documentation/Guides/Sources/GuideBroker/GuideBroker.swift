import BrokerFramework
import GuidePlugins

/// A broker with every sample in it.
@main
struct GuideBroker: BrokerComposition {
    static var plugins: [any PluginComponent] {
        DefaultPlugins()
        Samples()
        for lane in ["gold", "silver"] { Use(VIPRouter.self, as: lane) }
        Use(
            .partitioner("by-size", summary: "Large records have a partition of their own.") { record in
                record.partitionCount > 1 && (record.value?.readableBytes ?? 0) > 100_000 ? 1 : 0
            })
        Use(
            .cleanupPolicy("last-segment", summary: "Keeps the newest sealed segment.") { log in
                CleanupPlan(deleteBelow: log.segments.last?.baseOffset)
            })
        Use(
            .authorizer("no-deletes", summary: "Nothing is ever deleted.") { action, client in
                action.operation != .delete
            })
        Use(
            .recordInterceptor("no-empty-values", summary: "A record must have a value.") {
                (record, context) throws(PluginError) in
                if record.value?.readableBytes ?? 0 == 0 { throw .reject("it has no value") }
                return nil
            })
        Use(
            .topicPolicy("no-dots", summary: "Topics' names have no dots.") { change in
                change.topic.contains(".") ? "A topic's name must have no dot." : nil
            })
        Use(
            .principalBuilder("by-port", summary: "Who comes through port 9093 is an administrator.") { connection in
                connection.localPort == 9093 ? "User:admin" : PrincipalName.anonymous
            })
        Remove(.authorizer, DenyAll.name)
    }
}

/// Several plug-ins that belong together can be one component.
struct Samples: PluginComponent {
    var edits: [PluginEdit] {
        PluginGroup {
            Use(ByCustomer.self)
            Use(DropMarked.self)
            Use(RunLength.self)
            Use(KnownHosts.self)
            Use(SmallMemory.self)
            Use(RequireHeader.self)
            Use(Thumbnails.self)
            Use(TeamNames.self)
            Use(SpareRack.self)
            Use(ByTenant.self)
            Use(ByNetwork.self)
        }.edits
    }
}
