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
    /// Of the codecs with options of the topic's own.
    private(set) var uses: [PluginUse] = []

    /// Those of a topic without options of its own.
    package init(_ registry: CodecRegistry) { self.registry = registry }

    /// Those of a topic for whose configs `lookup` finds the values.
    ///
    /// - Parameter problems: gets what could not be made, in words for the log.
    package init(
        _ registry: CodecRegistry, topic: String, plugins: PluginSet, containment: PluginContainment,
        problems: inout [String], lookup: ConfigLookup
    ) {
        self.registry = registry
        let custom = ConfigDefinition.items(of: lookup("compression.custom") ?? "")
        for name in custom {
            guard let type = registry.customType(named: name) else {
                problems.append(plugins.unknown(.codec, name) + " Batches of it are refused.")
                continue
            }
            accepted |= 1 << type.rawValue
            if name == lookup("compression.type") { customTarget = type }
        }
        for registration in plugins.all(.codec) where !registration.definitions.isEmpty {
            guard custom.contains(registration.name) || CompressionType(name: registration.name) != nil else {
                continue
            }
            do throws(PluginError) {
                let codec: any CompressionCodec = try registration.instance(lookup)
                let contained = containment.contained(codec, named: registration.name, topic: topic)
                self.registry[codec.type] = contained
                uses.append(contained.use)
            } catch {
                problems.append(
                    "The codec '\(registration.name)' cannot be used with the topic's options, and has its defaults: "
                        + error.message)
            }
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
