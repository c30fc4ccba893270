internal import BrokerClient

extension Candidates {
    @Sendable static func groups(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
        await ask(words) { admin async throws(ClientError) in try await admin.listGroups().map(\.id) }
    }
}
