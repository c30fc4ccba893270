/// Whether this build calls plug-ins on the way of requests: the authorizer, interceptors, the verification of partitions,
/// and the counting around calls.
///
/// Always, but for the build that the others are measured against: `Benchmarks/dispatch.sh`.
enum PluginCalls {
    #if PLUGIN_CALLS_COMPILED_OUT
        static var areMade: Bool { false }
    #else
        static var areMade: Bool { true }
    #endif
}
