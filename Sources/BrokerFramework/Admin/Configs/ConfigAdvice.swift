internal import BrokerClient
internal import BrokerMetadata
internal import BrokerPluginAPI
internal import BrokerPrimitives

/// What may have been meant by settings that a broker refused.
enum ConfigAdvice {
    /// - Parameter settings: values as they are sent; nil where the key alone is named.
    static func advice(for settings: [(key: String, value: String?)], ofTopic: Bool) -> String? {
        for setting in settings {
            if ofTopic, let key = topicKey(of: setting.key) {
                return "Did you mean '\(key)'? '\(setting.key)' is the brokers' default for it."
            }
            if let value = setting.value, let advice = HumanUnits.advice(value, for: setting.key) { return advice }
        }
        return nil
    }

    /// The topic's key that a key of brokers is the default for; nil if topics have the key itself, or none.
    static func topicKey(of key: String) -> String? {
        guard ConfigSchema.topic[key] == nil else { return nil }
        return ConfigSchema.topic.definitions.first { $0.synonyms.contains { $0.name == key } }?.name
    }

    /// Does `work`; a refusal of the configuration gets the advice.
    static func explaining<Value>(
        _ settings: [(key: String, value: String?)], ofTopic: Bool, servers: String,
        _ work: () async throws(ClientError) -> Value
    ) async throws -> Value {
        do throws(ClientError) { return try await work() } catch {
            guard error.server == .invalidConfig else { throw error }
            throw failure(error, settings, ofTopic: ofTopic, servers: servers)
        }
    }

    static func failure(
        _ error: ClientError, _ settings: [(key: String, value: String?)], ofTopic: Bool, servers: String
    ) -> CommandFailure {
        var failure = CommandFailure(error, servers: servers)
        failure.advice = advice(for: settings, ofTopic: ofTopic) ?? failure.advice
        return failure
    }
}
