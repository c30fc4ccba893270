package import BrokerWire
package import NIOCore

/// In which version a metadata record is written: the newest that the cluster's metadata version allows.
///
/// Levels of metadata.version: 17 is 3.7-IV2 (log directories), 23 is 4.0-IV1 (eligible leader replicas), 30 is 4.3-IV0
/// (cordoned directories).
package enum MetadataRecordVersion {
    private static let directories: Int16 = 17
    private static let eligibleLeaders: Int16 = 23
    private static let cordonedDirectories: Int16 = 30

    /// The record's framed encoding, without what the version cannot say.
    package static func encode(_ record: MetadataRecord, metadataVersion: Int16) throws(WireError) -> ByteBuffer {
        var record = record
        let version = adapt(&record, to: metadataVersion)
        return try record.encodeFramed(version: version)
    }

    private static func adapt(_ record: inout MetadataRecord, to level: Int16) -> Int16 {
        switch record {
        case .registerBroker(var broker):
            if level >= cordonedDirectories { return 4 }
            broker.cordonedLogDirs = nil
            if level < directories { broker.logDirs = [] }
            record = .registerBroker(broker)
            return level >= directories ? 3 : 1
        case .brokerRegistrationChange(var change):
            if level >= cordonedDirectories { return 3 }
            change.cordonedLogDirs = nil
            if level < directories { change.logDirs = [] }
            record = .brokerRegistrationChange(change)
            return level >= directories ? 2 : 1
        case .partition(var partition):
            if level < eligibleLeaders {
                partition.eligibleLeaderReplicas = nil
                partition.lastKnownElr = nil
            }
            if level < directories { partition.directories = [] }
            record = .partition(partition)
            return level >= eligibleLeaders ? 2 : level >= directories ? 1 : 0
        case .partitionChange(var change):
            if level < eligibleLeaders {
                change.eligibleLeaderReplicas = nil
                change.lastKnownElr = nil
            }
            if level < directories { change.directories = nil }
            record = .partitionChange(change)
            return level >= eligibleLeaders ? 2 : level >= directories ? 1 : 0
        default:
            return type(of: record.content).validVersions.upperBound
        }
    }
}
