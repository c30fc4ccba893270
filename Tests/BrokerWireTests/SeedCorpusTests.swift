import BrokerWire
import Foundation
import ProtocolGenerator
import Testing

/// Not a test of anything: writes the seeds for `Tests/Fuzz` when `BROKER_CORPUS` names a folder.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["BROKER_CORPUS"] != nil))
struct SeedCorpusTests {
    private static let apis = [
        "Produce", "Fetch", "ListOffsets", "Metadata", "OffsetCommit", "OffsetFetch", "JoinGroup", "SyncGroup",
        "ApiVersions", "CreateTopics", "InitProducerId", "AddPartitionsToTxn", "DescribeConfigs", "Vote",
        "ConsumerGroupHeartbeat", "ShareFetch", "StreamsGroupHeartbeat",
    ]
    private static let records = [
        "RegisterBrokerRecord", "PartitionChangeRecord", "GroupMetadataValue", "VotersRecord",
    ]

    @Test func `the seeds are written`() throws {
        let path = try #require(ProcessInfo.processInfo.environment["BROKER_CORPUS"])
        let folder = URL(fileURLWithPath: path, isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let names = Set(Self.apis.flatMap { [$0 + "Request", $0 + "Response"] } + Self.records)
        for (message, _) in try Support.messages() where names.contains(message.name) {
            for version in Set([message.versions.first, message.versions.last]) {
                let selector = Self.selector(of: message.name)
                let head = [UInt8(selector >> 8), UInt8(selector & 0xFF), UInt8(version - message.versions.first)]
                let body = SampleEncoder.sample(message, version: version, seed: 4)
                try Data(head + body).write(to: folder.appendingPathComponent("\(message.name)-v\(version)"))
            }
        }
    }

    /// As in `Tests/Fuzz`.
    private static func selector(of name: String) -> UInt16 {
        var hash: UInt32 = 2_166_136_261
        for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return UInt16(truncatingIfNeeded: hash ^ hash >> 16)
    }
}
