public import BrokerWire

/// The versions of each API a broker answers, as ApiVersions told them.
public struct SupportedVersions: Sendable, Equatable {
    private let ranges: [Int16: ClosedRange<Int16>]

    init(_ keys: [ApiVersionsResponse.ApiVersion]) {
        var ranges: [Int16: ClosedRange<Int16>] = [:]
        for key in keys where key.minVersion <= key.maxVersion {
            ranges[key.apiKey] = key.minVersion...key.maxVersion
        }
        self.ranges = ranges
    }

    /// The broker's range; nil if it does not have the API.
    public subscript(key: APIKey) -> ClosedRange<Int16>? { ranges[key.rawValue] }

    /// The newest version both sides speak.
    ///
    /// - Parameter limit: the versions that can say what is to be said; those of the message if left out.
    func pick<Request: WireRequest>(
        _ request: Request.Type, within limit: ClosedRange<Int16>? = nil
    ) throws(ClientError) -> Int16 {
        let stable = Request.apiKey.stableVersions
        var ours = stable.clamped(to: Request.validVersions)
        if let limit {
            guard ours.overlaps(limit) else { throw Self.unsupported(Request.apiKey, ours: limit, theirs: nil) }
            ours = ours.clamped(to: limit)
        }
        guard let theirs = self[Request.apiKey], theirs.overlaps(ours) else {
            throw Self.unsupported(Request.apiKey, ours: ours, theirs: self[Request.apiKey])
        }
        return min(ours.upperBound, theirs.upperBound)
    }

    private static func unsupported(
        _ key: APIKey, ours: ClosedRange<Int16>, theirs: ClosedRange<Int16>?
    ) -> ClientError {
        let answer = theirs.map { "offers versions \($0.lowerBound) to \($0.upperBound)" } ?? "does not offer it"
        return ClientError(
            .unsupportedVersion,
            "\(key.name) is needed in a version from \(ours.lowerBound) to \(ours.upperBound), but the broker \(answer)"
        )
    }
}
