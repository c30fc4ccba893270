/// The kinds of listener an API is answered on.
public struct Listeners: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let broker = Listeners(rawValue: 1)
    public static let controller = Listeners(rawValue: 2)
}

extension APIKey {
    /// All versions, stable or not.
    public var validVersions: ClosedRange<Int16> { firstVersion...lastVersion }

    /// The versions that are advertised without being asked for.
    public var stableVersions: ClosedRange<Int16> { firstVersion...lastStableVersion }

    /// Whether the newest version is still subject to change.
    public var isLatestVersionUnstable: Bool { lastStableVersion < lastVersion }

    public func isFlexible(_ version: Int16) -> Bool {
        guard let first = firstFlexibleVersion else { return false }
        return version >= first
    }

    /// The version of `RequestHeader` in front of a request of this API.
    public func requestHeaderVersion(_ version: Int16) -> Int16 { isFlexible(version) ? 2 : 1 }

    /// The version of `ResponseHeader` in front of a response of this API. ApiVersions has none with tagged fields, so
    /// that a client can read an answer in any version (KIP-511).
    public func responseHeaderVersion(_ version: Int16) -> Int16 {
        self != .apiVersions && isFlexible(version) ? 1 : 0
    }
}
