package import BrokerModel
package import BrokerPluginAPI

/// The codecs a broker was assembled with, by their number in a batch's attributes.
package struct CodecRegistry: Sendable {
    private var codecs: [(any CompressionCodec)?] = Array(repeating: nil, count: 8)
    /// What the plug-ins of custom codecs are called.
    private var names: [String?] = Array(repeating: nil, count: 8)

    /// - Parameters:
    ///   - codecs: where two have one type, the later one holds.
    ///   - plugins: what custom codecs were made of, which knows their names.
    ///   - lookup: finds the values that they were made with.
    package init(
        _ codecs: [any CompressionCodec], plugins: PluginSet = .none, lookup: ConfigLookup = { _ in nil }
    ) {
        for codec in codecs { self[codec.type] = codec }
        for registration in plugins.all(.codec) where CompressionType(name: registration.name) == nil {
            guard let codec = try? registration.instance(of: (any CompressionCodec).self, lookup) else {
                continue
            }
            names[Int(codec.type.rawValue)] = registration.name
        }
    }

    /// The same codecs, their calls counted.
    func contained(by containment: PluginContainment) -> CodecRegistry {
        var registry = self
        registry.codecs = codecs.map { codec in
            codec.map { containment.contained($0, named: name(of: $0.type), topic: nil) }
        }
        return registry
    }

    package internal(set) subscript(type: CompressionType) -> (any CompressionCodec)? {
        get { codecs[Int(type.rawValue)] }
        set { codecs[Int(type.rawValue)] = newValue }
    }

    /// Whether one of them is not Kafka's.
    var hasCustom: Bool { codecs[5...].contains { $0 != nil } }

    /// What users call the codecs of a type.
    package func name(of type: CompressionType) -> String { names[Int(type.rawValue)] ?? type.name }

    /// Gives a codec that could not be made without a topic's options its place, if nobody has it.
    mutating func add(_ codec: some CompressionCodec, named name: String) -> Bool {
        let place = Int(codec.type.rawValue)
        guard codec.type.isCustom, codecs[place] == nil else { return false }
        (codecs[place], names[place]) = (codec, name)
        return true
    }

    /// The custom type whose codec is called so.
    func customType(named name: String) -> CompressionType? {
        names.firstIndex(of: name).flatMap { CompressionType(rawValue: UInt8($0)) }
    }

    /// Why codecs cannot be in one broker, in words that say what to do; nil if they can.
    ///
    /// - Parameter codecs: each with what it was made of.
    static func problem(_ codecs: [(registration: PluginRegistration, codec: any CompressionCodec)]) -> String? {
        var seen: [CompressionType: PluginRegistration] = [:]
        for (registration, codec) in codecs {
            let (type, its) = (codec.type, "The codec '\(registration.name)' (\(registration.typeName))")
            if type == .none { return "\(its) says that its type is 'none', which is what no codec has." }
            if let earlier = seen.updateValue(registration, forKey: type) {
                return "\(its) has the number \(type.rawValue), as '\(earlier.name)' (\(earlier.typeName)) has. "
                    + "A number belongs to one codec: take another of 5 to 7, or write Replace(…)."
            }
            // A name says to clients what they must be able to read.
            let named = CompressionType(name: registration.name)
            if type.isCustom ? named == nil : named == type { continue }
            return type.isCustom
                ? "\(its) has the number \(type.rawValue), and a name that is Kafka's. Give it another with Use(…, as:)."
                : "\(its) has the number \(type.rawValue), which clients know as '\(type.name)': name it so, with "
                    + "Use(…, as: \"\(type.name)\"), or give it a number from 5 to 7."
        }
        return nil
    }
}
