extension Candidates {
    @Sendable static func groups(_ words: [String], _ index: Int, _ prefix: String) async -> [String] { [] }
}
