/// What each module may import: the architecture's table, as data. A module that is not here may not exist.
enum ModuleTable {
    /// The names of the C library, one of which is there on each platform.
    static let system: Set<String> = ["Glibc", "Musl", "Darwin"]

    static let values: Set<String> = ["BrokerPrimitives", "BrokerModel"]

    static let allowed: [String: Set<String>] = [
        // Values.
        "CRC32C": [],
        "Allocator": [],
        "PluginTrace": [],
        "Primitives": ["CBrokerCRC32C"],
        "Model": ["BrokerPrimitives", "NIOCore"],
        "Wire": ["BrokerPrimitives", "NIOCore"],
        "PluginAPI": ["BrokerModel", "NIOCore"],
        // Pure cores.
        "Consensus": ["BrokerPrimitives"],
        "Metadata": values.union(["BrokerPluginAPI", "BrokerWire", "HashTreeCollections"]),
        "Controller": values.union(["BrokerPluginAPI", "BrokerWire", "BrokerMetadata", "HashTreeCollections"]),
        "Coordinators": values.union(["BrokerWire", "OrderedCollections", "NIOCore"]),
        "Replication": ["BrokerModel"],
        "Quotas": [],
        // Edges.
        "World": system.union(["CBrokerAllocator", "Synchronization"]),
        "CommitLog": values.union(["BrokerPluginAPI", "NIOCore", "Synchronization"]),
        "Network": ["BrokerPluginAPI", "BrokerWorld", "NIOCore", "NIOPosix", "Synchronization"],
        "Metrics": ["Synchronization"],
        "HTTP": ["NIOCore", "NIOPosix", "NIOHTTP1", "Synchronization"],
        "Client": values.union(system).union([
            "BrokerWire", "BrokerNetwork", "BrokerPluginAPI", "BrokerWorld", "NIOCore", "NIOPosix", "Synchronization",
        ]),
        // The shell.
        "Runtime": values.union([
            "BrokerWire", "BrokerPluginAPI", "BrokerConsensus", "BrokerMetadata", "BrokerController",
            "BrokerCoordinators", "BrokerReplication", "BrokerQuotas", "BrokerWorld", "BrokerCommitLog",
            "BrokerNetwork", "BrokerMetrics", "BrokerHTTP", "BrokerClient", "CBrokerPluginTrace", "DequeModule",
            "Logging", "NIOCore", "NIOPosix", "Synchronization",
        ]).union(system),
        "DefaultPlugins": [
            "BrokerPluginAPI", "Authorizers", "CleanupPolicies", "Codecs", "FileStorage", "MemoryStorage",
            "Partitioners", "PrincipalBuilders", "QuotaPolicies", "ReplicaPlacers", "TopicPolicies",
        ],
        // Doors.
        "Admin": values.union(system).union([
            "BrokerWire", "BrokerPluginAPI", "BrokerMetadata", "BrokerWorld", "BrokerCommitLog", "BrokerNetwork",
            "BrokerClient", "BrokerRuntime", "BrokerPluginTesting", "DefaultPlugins", "FileStorage", "ArgumentParser",
            "Logging", "ServiceLifecycle", "UnixSignals", "NIOCore", "NIOPosix", "Synchronization",
        ]),
        "Umbrella": ["BrokerAdmin", "BrokerModel", "BrokerPluginAPI", "BrokerRuntime", "DefaultPlugins", "NIOCore"],
        // Tools and help for tests.
        "ProtocolGenerator": ["Foundation"],
        "PluginTesting": values.union(["BrokerPluginAPI", "NIOCore", "Synchronization"]),
        "Testing": values.union([
            "BrokerWire", "BrokerPluginAPI", "BrokerMetadata", "BrokerController", "BrokerWorld", "BrokerCommitLog",
            "BrokerNetwork", "BrokerClient", "BrokerRuntime", "Authorizers", "Codecs", "DefaultPlugins",
            "MemoryStorage",
            "Partitioners", "Logging",
            "NIOCore", "NIOPosix", "Synchronization",
        ]),
        "TestKit": values.union([
            "BrokerPluginAPI", "BrokerConsensus", "BrokerRuntime", "NIOCore", "NIOPosix", "Synchronization",
        ]),
    ]

    /// Where Foundation may be used, and why.
    static let foundation = [
        "Sources/BrokerFramework/ProtocolGenerator/": "a tool that is run by hand and reads JSON files"
    ]

    /// What a plug-in of any kind may import.
    static let plugin: Set<String> = [
        "BrokerPluginAPI", "BrokerModel", "BrokerPrimitives", "NIOCore", "Synchronization",
    ]

    /// What a kind of plug-in needs beyond that: helpers of its own kind, and C libraries.
    static let pluginKinds: [String: Set<String>] = [
        "Plugins/Codecs/All": ["CodecGzip", "CodecSnappy", "CodecLZ4", "CodecZstd"],
        "Plugins/Codecs/Gzip": ["CodecSupport", "CZlib"],
        "Plugins/Codecs/Snappy": ["CodecSupport", "CSnappy"],
        "Plugins/Codecs/LZ4": ["CodecSupport", "CLZ4"],
        "Plugins/Codecs/Zstd": ["CodecSupport", "CZstd"],
        "Plugins/StorageBackends/File": system.union(["CBrokerFile"]),
    ]

    /// What the reference broker may import beside plug-ins: the doors.
    static let defaultBroker: Set<String> = ["BrokerAdmin", "BrokerPluginAPI", "DefaultPlugins"]

    static let pluginProducts: Set<String> = [
        "Authorizers", "CleanupPolicies", "Codecs", "Partitioners", "FileStorage", "MemoryStorage",
        "PrincipalBuilders", "QuotaPolicies", "ReplicaPlacers", "TopicPolicies",
    ]
}
