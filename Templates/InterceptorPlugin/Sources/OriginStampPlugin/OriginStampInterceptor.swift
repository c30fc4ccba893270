import BrokerPluginAPI

/// Refuses records that lack what a topic asks for, and stamps the others with who sent them.
///
/// The stamp is a header that the broker writes: what a client puts there is replaced, so that readers can trust it as far
/// as they trust the broker's listeners.
public struct OriginStampInterceptor: RecordInterceptor, Plugin {
    public static let name = "origin-stamp"
    public static let summary = "Refuses records without certain headers, and stamps the others with who sent them."

    public struct Configuration: PluginConfiguration {
        public var headers: [String] = []
        public var isKeyRequired = false
        public var stamp = "origin"

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey(
                "headers", \.headers, "The headers that a record must have a value for, with commas between them.")
            ConfigKey("key.required", \.isKeyRequired, "Whether a record must have a key.")
            ConfigKey("stamp", \.stamp, "The header that says who sent the record, and from where; empty for none.")
        }

        public var problem: String? {
            headers.contains(stamp)
                ? "`stamp` must not be one of `headers`: the broker writes it, not the client." : nil
        }
    }

    private let configuration: Configuration

    public init(_ configuration: Configuration) { self.configuration = configuration }

    public func intercept(_ record: Record, in context: RecordInterceptorContext) throws(PluginError) -> Record? {
        if configuration.isKeyRequired, record.key == nil { throw .reject("it has no key") }
        for name in configuration.headers {
            let hasValue = record.headers.contains { $0.key == name && $0.value?.readableBytes ?? 0 > 0 }
            guard hasValue else { throw .reject("it has no header '\(name)'") }
        }
        // Nil leaves the record, and if all of a batch stay so, the batch as it came.
        guard !configuration.stamp.isEmpty else { return nil }
        var stamped = record
        stamped.headers.removeAll { $0.key == configuration.stamp }
        stamped.headers.append(
            Record.Header(
                key: configuration.stamp,
                value: ByteBuffer(string: "\(context.client.principal) \(context.client.host)")))
        return stamped
    }
}
