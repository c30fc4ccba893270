import BrokerWire
import Testing

@testable import BrokerClient

@Suite struct SupportedVersionsTests {
    private func versions(_ range: ClosedRange<Int16>, of key: APIKey = .fetch) -> SupportedVersions {
        SupportedVersions([.init(apiKey: key.rawValue, minVersion: range.lowerBound, maxVersion: range.upperBound)])
    }

    @Test func `the newest version both sides speak is taken`() throws {
        #expect(try versions(0...11).pick(FetchRequest.self) == 11)
        #expect(try versions(5...99).pick(FetchRequest.self) == APIKey.fetch.lastStableVersion)
        #expect(try versions(0...17).pick(FetchRequest.self, within: 4...12) == 12)
    }

    @Test func `no version in common is an error`() {
        #expect(throws: ClientError.self) { try versions(0...3).pick(FetchRequest.self) }
        #expect(throws: ClientError.self) { try versions(90...99).pick(FetchRequest.self) }
        #expect(throws: ClientError.self) { try versions(13...17).pick(FetchRequest.self, within: 4...12) }
        #expect(throws: ClientError.self) { try versions(0...12, of: .produce).pick(FetchRequest.self) }
    }

    @Test func `ranges that make no sense are ignored`() {
        let odd = SupportedVersions([.init(apiKey: 1, minVersion: 5, maxVersion: 4)])
        #expect(odd[.fetch] == nil)
    }
}
