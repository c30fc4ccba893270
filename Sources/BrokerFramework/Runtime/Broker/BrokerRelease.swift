/// Which release this is.
public enum BrokerRelease {
    /// By semantic versioning.
    public static let version = "0.1.0"
    /// The Kafka version whose protocol and files are this broker's.
    public static let kafkaVersion = "4.3"
}
