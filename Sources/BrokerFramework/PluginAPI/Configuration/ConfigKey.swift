/// One option of a plug-in: its name, the property it sets, and a sentence about it.
public struct ConfigKey<Configuration: PluginConfiguration>: Sendable {
    /// Without the plug-in's prefix, unless it is shared.
    public let name: String
    /// A sentence or two for users: what it does, and in what unit.
    public let documentation: String
    /// Whether the key is the topic's own, declared by the broker, and not this plug-in's.
    public let isShared: Bool

    private let type: ConfigType
    private let expectation: String
    private let examples: [String]
    private let judge: @Sendable (String) -> String?
    /// Does nothing for a text that `judge` refuses.
    private let set: @Sendable (inout Configuration, String) -> Void
    private let text: @Sendable (Configuration) -> String
    private var formerNames: [String] = []
    private var isSecret = false
    private var needsRestart = false
    private var hasBounds = false

    private init<Value: ConfigKeyValue>(
        _ name: String, _ path: any WritableKeyPath<Configuration, Value> & Sendable, _ documentation: String,
        isShared: Bool, expectation: String, check: (@Sendable (Value) -> String?)?
    ) {
        self.name = name
        self.documentation = documentation
        self.isShared = isShared
        type = Value.configType
        self.expectation = expectation
        examples = Value.configTexts
        judge = { text in
            guard let value = Value(configText: text) else { return expectation }
            return check?(value)
        }
        set = { configuration, text in
            if let value = Value(configText: text) { configuration[keyPath: path] = value }
        }
        text = { $0[keyPath: path].configText }
    }

    /// An option.
    ///
    /// - Parameters:
    ///   - name: lower-case words with dots or hyphens between them; the plug-in's prefix is put before it.
    ///   - path: the property it sets; what the property holds at first is the default.
    ///   - documentation: a sentence or two for users.
    ///   - check: what a value must be, to follow "it must be", if the one at hand is not; nil if it is.
    public init<Value: ConfigKeyValue>(
        _ name: String, _ path: any WritableKeyPath<Configuration, Value> & Sendable, _ documentation: String,
        check: (@Sendable (Value) -> String?)? = nil
    ) {
        self.init(
            name, path, documentation, isShared: false, expectation: Value.expectation, check: check)
    }

    /// An option whose values lie within bounds, both included.
    public init<Value: ConfigKeyValue & Comparable>(
        _ name: String, _ path: any WritableKeyPath<Configuration, Value> & Sendable, _ documentation: String,
        in range: ClosedRange<Value>
    ) {
        let words = "\(Value.expectation) from \(range.lowerBound.configText) to \(range.upperBound.configText)"
        self.init(name, path, documentation, isShared: false, expectation: words) { range.contains($0) ? nil : words }
        hasBounds = true
    }

    /// A config that the topic has anyway, such as `retention.ms`, which this plug-in goes by.
    public init<Value: ConfigKeyValue>(
        shared name: String, _ path: any WritableKeyPath<Configuration, Value> & Sendable
    ) {
        self.init(name, path, "", isShared: true, expectation: Value.expectation, check: nil)
    }

    /// The same, but the value is never told again: not by DescribeConfigs, not in a log.
    public func secret() -> ConfigKey { with { $0.isSecret = true } }

    /// The same, but values under an earlier name are still understood: what is set under it is set under today's name.
    ///
    /// - Parameter name: without the plug-in's prefix.
    public func renamed(from name: String) -> ConfigKey { with { $0.formerNames.append(name) } }

    /// The same, but the broker's value cannot be changed while the broker runs. A topic's always can: the topic gets a
    /// new instance.
    public func requiringRestart() -> ConfigKey { with { $0.needsRestart = true } }

    private func with(_ change: (inout ConfigKey) -> Void) -> ConfigKey {
        var copy = self
        change(&copy)
        return copy
    }

    // MARK: What follows from it

    func definition(prefix: String, standard: Configuration) -> ConfigDefinition? {
        guard !isShared else { return nil }
        var definition = ConfigDefinition(
            "\(prefix).\(name)", isSecret ? .password : type, text(standard), .any,
            updateMode: needsRestart ? .readOnly : .clusterWide, documentation: documentation)
        if hasBounds { definition.boundsOfStandard = judge(text(standard)) }
        definition.check = judge
        definition.expectation = expectation
        definition.formerNames = formerNames.map { "\(prefix).\($0)" }
        definition.examples = examples
        return definition
    }

    func read(
        into configuration: inout Configuration, prefix: String, lookup: (String) -> String?
    ) throws(PluginError) {
        let names = isShared ? [name] : ([name] + formerNames).map { "\(prefix).\($0)" }
        for name in names {
            guard let text = lookup(name) else { continue }
            let value = isSecret ? text : ConfigDefinition.trimmed(text)
            guard let expected = judge(value) else {
                set(&configuration, value)
                return
            }
            throw .reject(
                ConfigDefinition.refusal(
                    of: value, for: name, isSecret: isSecret, expected: expected,
                    among: type == .boolean ? [] : examples))
        }
    }
}
