package import BrokerModel
package import BrokerPluginAPI

/// The codecs as one topic uses them: with its options, and those custom ones among them that it has opted into.
package struct TopicCodecs: Sendable {
    /// The custom codec that batches are stored with; nil where `compression.type` names none.
    package private(set) var customTarget: CompressionType?
    private var registry: CodecRegistry
    /// A bit for each custom type that producers may use.
    private var accepted: UInt8 = 0
    /// Whether batches of a codec that is not Kafka's come in.
    var takesCustom: Bool { accepted != 0 }
    /// Those with options of the topic's own, by name.
    private var own: [String: ContainedCodec] = [:]
    var uses: [PluginUse] { own.values.map(\.use) }

    /// Those of a topic without options of its own.
    package init(_ registry: CodecRegistry) { self.registry = registry }

    /// Those of a topic for whose configs `lookup` finds the values.
    ///
    /// - Parameters:
    ///   - previous: what the topic had so far: a codec that can no longer be made stays as it was.
    ///   - problems: gets what could not be made, in words for the log.
    package init(
        _ registry: CodecRegistry, topic: String, plugins: PluginSet, previous: TopicCodecs?,
        containment: PluginContainment, problems: inout [String], lookup: ConfigLookup
    ) {
        self.registry = registry
        let custom = ConfigDefinition.items(of: lookup("compression.custom") ?? "")
        for registration in plugins.all(.codec) where !registration.definitions.isEmpty {
            guard custom.contains(registration.name) || CompressionType(name: registration.name) != nil else {
                continue
            }
            let name = registration.name
            let codec: any CompressionCodec
            do throws(PluginError) { codec = try registration.instance(lookup) } catch {
                let last = previous?.own[name]?.codec
                let without = last == nil ? "has its defaults" : "goes on as it was"
                problems.append(
                    "The codec '\(name)' cannot be made with the topic's options, and \(without): \(error.message)")
                guard let last else { continue }
                codec = last
            }
            let contained = containment.contained(codec, named: name, topic: topic)
            if self.registry.customType(named: name) == nil, codec.type.isCustom {
                guard self.registry.add(contained, named: name) else {
                    problems.append(
                        "The codec '\(name)' has the number \(codec.type.rawValue), as '\(registry.name(of: codec.type))' has, "
                            + "and is not served.")
                    continue
                }
            } else {
                self.registry[codec.type] = contained
            }
            own[name] = contained
        }
        accept(custom, plugins, &problems, lookup)
    }

    private mutating func accept(
        _ custom: [String], _ plugins: PluginSet, _ problems: inout [String], _ lookup: ConfigLookup
    ) {
        for name in custom {
            guard let type = registry.customType(named: name) else {
                let reason =
                    plugins[.codec, name] == nil ? plugins.unknown(.codec, name) : "There is no codec '\(name)' now."
                problems.append("\(reason) Batches of it are refused.")
                continue
            }
            accepted |= 1 << type.rawValue
            if name == lookup("compression.type") { customTarget = type }
        }
    }

    /// The codec of a type, also where producers may no longer use it: what is stored stays readable.
    package subscript(type: CompressionType) -> (any CompressionCodec)? { registry[type] }

    /// What users call the codec of a type.
    package func name(of type: CompressionType) -> String { registry.name(of: type) }

    /// Why the topic takes no batches of a type, in words that say what to do; nil if it does.
    func refusal(of type: CompressionType) -> String? {
        if type == .none || registry[type] != nil, !type.isCustom || accepted & 1 << type.rawValue != 0 { return nil }
        let name = registry.name(of: type)
        guard type.isCustom else { return "This broker was assembled without a codec for \(name)." }
        return registry[type] == nil
            ? "The batch has compression type \(type.rawValue), which is none of Kafka's, and this broker was assembled "
                + "without a codec of that number."
            : "The batch is compressed with '\(name)', which only clients with that codec can read. Set "
                + "compression.custom=\(name) on the topic to let it in."
    }
}
