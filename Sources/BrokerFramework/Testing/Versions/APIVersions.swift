public import BrokerWire

/// Which APIs a test broker has, and up to which version: for tests of how a client does with an older broker.
///
/// A version above the cap is neither told to clients nor served.
public struct APIVersions: Sendable, Hashable {
    private enum Base: Hashable, Sendable {
        case all
        case kafka(String)
    }

    private var base: Base
    private var caps: [APIKey: Int16] = [:]
    private var missing: Set<APIKey> = []

    /// Everything that the broker serves.
    public static let all = APIVersions(base: .all)

    /// What a release of Apache Kafka has: `.kafka("2.8")`. From 2.1, the oldest that today's clients still know, on.
    ///
    /// An unknown release makes the start of the broker fail.
    public static func kafka(_ release: String) -> APIVersions { APIVersions(base: .kafka(release)) }

    /// The same with one API up to `version` and no further.
    public func capping(_ api: APIKey, at version: Int16) -> APIVersions {
        var capped = self
        capped.caps[api] = version
        return capped
    }

    /// The same without some APIs.
    public func without(_ apis: APIKey...) -> APIVersions {
        var reduced = self
        reduced.missing.formUnion(apis)
        return reduced
    }

    private init(base: Base) { self.base = base }

    /// What is left of the versions of an API.
    var limit: @Sendable (APIKey, ClosedRange<Int16>) -> ClosedRange<Int16>? {
        get throws(TestBrokerError) {
            var released: [APIKey: Int16]?
            if case .kafka(let release) = base {
                guard let known = KafkaRelease.versions(of: release) else {
                    throw TestBrokerError(
                        "'\(release)' is no known release of Kafka; known are "
                            + KafkaRelease.all.map(\.name).joined(separator: ", ") + ".")
                }
                released = known
            }
            let (caps, missing) = (caps, missing)
            return { [released] api, served in
                guard !missing.contains(api) else { return nil }
                var newest = served.upperBound
                if let released {
                    guard let version = released[api] else { return nil }
                    newest = min(newest, version)
                }
                if let cap = caps[api] { newest = min(newest, cap) }
                return newest >= served.lowerBound ? served.lowerBound...newest : nil
            }
        }
    }
}
