/// Finds the value that is set for a config; nil where none is.
public typealias ConfigLookup = (String) -> String?

/// A plug-in as a broker knows it: its kind, its name, its options, and how an instance is made.
public struct PluginRegistration: Sendable {
    /// Makes an instance, configured by what is found for the full names of its options.
    public typealias Maker = @Sendable (ConfigLookup) throws(PluginError) -> any Sendable

    public let kind: PluginKind
    /// What users write.
    public let name: String
    /// One sentence.
    public let summary: String
    /// The type behind it, with its module; for a closure, where it was written.
    public var typeName: String { describeType() }
    private let describeType: @Sendable () -> String
    /// Its options, by their full names.
    public let definitions: [ConfigDefinition]
    private let make: Maker

    /// A plug-in that is a type.
    ///
    /// - Parameter name: nil for the plug-in's own.
    public init<P: Plugin>(_ plugin: P.Type, as name: String? = nil) {
        let name = name ?? P.name
        let prefix = "\(P.kind.prefix).\(name)"
        self.init(
            P.kind, name: name, summary: P.summary, typeName: String(reflecting: P.self),
            definitions: P.Configuration.schema.definitions(prefix: prefix)
        ) { lookup throws(PluginError) in
            let schema = P.Configuration.schema
            let configuration = try schema.configuration(prefix: prefix, lookup: lookup)
            do throws(PluginError) { return try P(configuration) } catch {
                throw PluginError(error.remedy, schema.spelledOut(error.message, prefix: prefix))
            }
        }
    }

    /// A plug-in that is described by hand.
    ///
    /// - Parameters:
    ///   - definitions: with full names, which begin with the kind's prefix and the plug-in's name.
    ///   - make: makes instances of the protocol of `kind`.
    public init(
        _ kind: PluginKind, name: String, summary: String,
        typeName: @autoclosure @escaping @Sendable () -> String, definitions: [ConfigDefinition] = [],
        make: @escaping Maker
    ) {
        self.kind = kind
        self.name = name
        self.summary = summary
        describeType = typeName
        self.definitions = definitions
        self.make = make
    }

    /// An instance with the options that are found.
    ///
    /// - Parameter type: the protocol of the kind, such as `(any Partitioner).self`.
    /// - Throws: what is wrong with the options.
    public func instance<Instance>(
        of type: Instance.Type = Instance.self, _ lookup: ConfigLookup
    ) throws(PluginError) -> Instance {
        guard let instance = try make(lookup) as? Instance else {
            throw .reject("\(typeName) is no \(kind.words), which it was registered as.")
        }
        return instance
    }

    /// What is wrong with values for its options, as the user would be told; nil if an instance can be made.
    public func problem(_ lookup: ConfigLookup) -> String? {
        do throws(PluginError) {
            _ = try make(lookup)
            return nil
        } catch { return error.message }
    }

    /// What is wrong with how its options are declared; nil if nothing is.
    var optionProblem: String? {
        var seen: Set<String> = []
        for definition in definitions {
            for name in [definition.name] + definition.formerNames {
                let its = "'\(name)', an option of \(typeName),"
                guard seen.insert(name).inserted else { return "\(its) is declared twice." }
                guard Self.isSound(option: name) else {
                    return "\(its) must be lower-case letters and digits with dots or hyphens between them."
                }
            }
            if let expected = definition.boundsOfStandard {
                return "'\(definition.name)', an option of \(typeName), has the default "
                    + "\(definition.standard ?? ""), and it must be \(expected)."
            }
        }
        return nil
    }

    private static func isSound(option name: String) -> Bool {
        name.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "-" }.allSatisfy { word in
            !word.isEmpty && word.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) }
        }
    }

    /// What is wrong with the name; nil if nothing is.
    var nameProblem: String? {
        let isSound =
            name.first.map { ("a"..."z").contains($0) } == true
            && name.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
        return isSound
            ? nil
            : "'\(name)', the name of \(typeName), must be lower-case letters, digits and hyphens, beginning with a letter."
    }
}
