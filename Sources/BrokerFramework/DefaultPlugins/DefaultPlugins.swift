@_exported public import Authorizers
public import BrokerPluginAPI
@_exported public import CleanupPolicies
@_exported public import Codecs
@_exported public import FileStorage
@_exported public import MemoryStorage
@_exported public import Partitioners
@_exported public import PrincipalBuilders
@_exported public import QuotaPolicies
@_exported public import ReplicaPlacers
@_exported public import TopicPolicies

/// The plug-ins that the reference broker has, as one component of a composition.
///
/// Of each kind the first is what is used where nothing is configured.
public struct DefaultPlugins: PluginComponent {
    public init() {}

    public var edits: [PluginEdit] {
        PluginGroup {
            Use(KeyHashPartitioner.self)
            Use(RoundRobinPartitioner.self)
            Use(StickyPartitioner.self)
            Use(VIPRouter.self)
            Use(DeletePolicy.self)
            Use(CompactPolicy.self)
            Use(GzipCodec.self)
            Use(SnappyCodec.self)
            Use(LZ4Codec.self)
            Use(ZstdCodec.self)
            Use(AllowAll.self)
            Use(DenyAll.self)
            Use(AnonymousPrincipals.self)
            Use(TopicLimits.self)
            Use(TopicNaming.self)
            Use(StripedPlacer.self)
            Use(EntityQuotas.self)
            Use(FileStorage.self)
            Use(MemoryStorage.self)
        }.edits
    }
}
