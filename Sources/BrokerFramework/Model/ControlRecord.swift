public import NIOCore

/// What a control record says: bytes 2–3 of its key.
public enum ControlRecordType: Int16, Sendable, CaseIterable {
    case abort = 0
    case commit = 1
    case leaderChange = 2
    case snapshotHeader = 3
    case snapshotFooter = 4
    case kraftVersion = 5
    case kraftVoters = 6

    /// The type in a control record's key; nil if the key is too short or the type unknown.
    public init?(key: ByteBuffer) {
        guard let type = key.getInteger(at: key.readerIndex + 2, as: Int16.self) else { return nil }
        self.init(rawValue: type)
    }

    /// A control record's key: version 0 and the type.
    public var key: ByteBuffer {
        var key = ByteBuffer()
        key.writeInteger(Int16(0))
        key.writeInteger(rawValue)
        return key
    }
}

/// The end of a transaction in a partition's log: the body of a commit or abort marker.
public struct EndTransactionMarker: Hashable, Sendable {
    public var commits: Bool
    public var coordinatorEpoch: Int32

    public init(commits: Bool, coordinatorEpoch: Int32) {
        self.commits = commits
        self.coordinatorEpoch = coordinatorEpoch
    }

    /// Reads the marker of a control record; nil if it is another one or malformed.
    public init?(record: Record) {
        guard let key = record.key, let type = ControlRecordType(key: key), type == .abort || type == .commit,
            let value = record.value, let epoch = value.getInteger(at: value.readerIndex + 2, as: Int32.self)
        else { return nil }
        self.init(commits: type == .commit, coordinatorEpoch: epoch)
    }

    /// The control record's value: version 0 and the coordinator's epoch.
    public var value: ByteBuffer {
        var value = ByteBuffer()
        value.writeInteger(Int16(0))
        value.writeInteger(coordinatorEpoch)
        return value
    }
}
