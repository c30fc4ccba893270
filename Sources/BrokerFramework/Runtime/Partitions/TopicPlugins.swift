package import BrokerMetadata
package import BrokerModel
package import BrokerPluginAPI

/// The plug-ins that a topic uses, made for it with its options; others take their place when an option changes, and calls
/// under way finish on the old ones. One that cannot be made with its options leaves the place to the old one, if there is
/// one.
package struct TopicPlugins: Sendable {
    /// In the order in which the topic names them.
    package var cleanupPolicies: [ContainedCleanupPolicy] = []
    /// Whether one of the policies looks at records, and so cleans more often than segments grow old.
    package var rewritesRecords: Bool { cleanupPolicies.contains(where: \.looksAtRecords) }
    package private(set) var codecs: TopicCodecs
    /// What may change and refuse records before they are appended; nil where nobody does.
    package var interceptors: InterceptorChain?
    /// Chooses for records that this process sends without a partition; nil if it cannot be made.
    private(set) var partitioner: ContainedPartitioner?
    /// What records are held against; nil where nobody looks.
    package var placement: PlacementVerifier?
    /// What could not be made, in words for the log and the broker's health: the metadata may come from a broker with other
    /// plug-ins or options.
    package var problems: [String] = []

    /// Whether a plug-in of somebody's own sees each batch before it is appended.
    package var seeRecords: Bool { interceptors != nil || placement != nil || codecs.takesCustom }

    /// All uses of plug-ins.
    var uses: [PluginUse] {
        cleanupPolicies.map(\.use) + (interceptors?.links.map(\.use) ?? []) + (partitioner.map { [$0.use] } ?? [])
            + codecs.uses
    }

    /// - Parameter previous: what the topic had so far.
    package init(
        _ schemas: ConfigSchemas, topic: String, codecs: CodecRegistry, verification: PartitionerVerification,
        previous: TopicPlugins? = nil, partitionCount: @escaping @Sendable () -> PartitionIndex,
        containment: PluginContainment, lookup: ConfigLookup
    ) {
        var maker = Maker(plugins: schemas.plugins, topic: topic, containment: containment)
        self.codecs = TopicCodecs(
            codecs, topic: topic, plugins: schemas.plugins, previous: previous?.codecs, containment: containment,
            problems: &maker.problems, lookup: lookup)
        for name in ConfigDefinition.items(of: lookup(PluginKind.cleanupPolicy.prefix) ?? "") {
            if let (policy, use) = maker.make(
                (any CleanupPolicy).self, .cleanupPolicy, name, lookup, without: "nothing is cleaned by it",
                last: previous?.cleanupPolicies.first { $0.use.monitor.name == name }?.policy)
            {
                cleanupPolicies.append(ContainedCleanupPolicy(policy: policy, use: use))
            }
        }
        let links = ConfigDefinition.items(of: lookup(PluginKind.recordInterceptor.prefix) ?? "").map { name in
            let made = maker.make(
                (any RecordInterceptor).self, .recordInterceptor, name, lookup, without: "every record is refused",
                last: previous?.interceptors?.links.first { $0.use.monitor.name == name }?.interceptor)
            return InterceptorChain.Link(
                interceptor: made?.0, use: made?.1 ?? containment.use(.recordInterceptor, name, topic: topic))
        }
        if !links.isEmpty { interceptors = InterceptorChain(links: links) }
        addPartitioner(&maker, verification, previous?.partitioner, partitionCount, lookup)
        problems = maker.problems
    }

    private mutating func addPartitioner(
        _ maker: inout Maker, _ verification: PartitionerVerification, _ previous: ContainedPartitioner?,
        _ partitionCount: @escaping @Sendable () -> PartitionIndex, _ lookup: ConfigLookup
    ) {
        let unverified = "records are not held against it"
        guard let name = lookup(PluginKind.partitioner.prefix),
            let (partitioner, use) = maker.make(
                (any Partitioner).self, .partitioner, name, lookup, without: unverified,
                last: previous?.use.monitor.name == name ? previous?.partitioner : nil)
        else { return }
        self.partitioner = ContainedPartitioner(
            partitioner: partitioner, use: use,
            fallback: try? maker.plugins[.partitioner, ContainedPartitioner.fallbackName]?.instance { _ in nil })
        guard verification != .off else { return }
        if let partitioner = partitioner as? any ExplainablePartitioner {
            placement = PlacementVerifier(
                partitioner: partitioner, use: use, rejects: verification == .reject, partitionCount: partitionCount)
        } else {
            maker.problems.append("The partitioner '\(name)' cannot say where a record belongs: \(unverified).")
        }
    }

    /// Makes instances and their uses.
    private struct Maker {
        let plugins: PluginSet
        let topic: String
        let containment: PluginContainment
        var problems: [String] = []

        /// - Parameters:
        ///   - without: what is so if there is no instance, for the end of a sentence.
        ///   - last: an instance of the same plug-in, with the options it had before.
        mutating func make<Instance>(
            _ type: Instance.Type, _ kind: PluginKind, _ name: String, _ lookup: ConfigLookup, without: String,
            last: Instance?
        ) -> (Instance, PluginUse)? {
            guard let registration = plugins[kind, name] else {
                problems.append(plugins.unknown(kind, name) + " Until it is there, \(without).")
                return nil
            }
            do throws(PluginError) {
                return (try registration.instance(lookup), containment.use(kind, name, topic: topic))
            } catch {
                guard let last else {
                    problems.append("The \(kind.words) '\(name)' cannot be used, and \(without): \(error)")
                    return nil
                }
                problems.append(
                    "The \(kind.words) '\(name)' cannot be made as it is configured now, and goes on as it was: \(error)"
                )
                return (last, containment.use(kind, name, topic: topic))
            }
        }
    }
}
