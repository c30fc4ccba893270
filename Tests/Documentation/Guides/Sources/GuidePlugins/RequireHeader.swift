import BrokerFramework

/// Refuses records that do not say where they come from, and notes on the others who sent them.
public struct RequireHeader: RecordInterceptor, Plugin {
    public static let name = "require-header"
    public static let summary = "Refuses records without a certain header, and notes who sent the others."

    public struct Configuration: PluginConfiguration {
        public var header = "source"

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey("header", \.header, "The header that every record must have.")
        }
    }

    private let header: String

    public init(_ configuration: Configuration) { header = configuration.header }

    public func intercept(_ record: Record, in context: RecordInterceptorContext) throws(PluginError) -> Record? {
        guard record.headers.contains(where: { $0.key == header }) else {
            throw .reject("it has no header '\(header)'")
        }
        var noted = record
        noted.headers.append(Record.Header(key: "sent-by", value: ByteBuffer(string: context.client.principal)))
        return noted
    }
}
