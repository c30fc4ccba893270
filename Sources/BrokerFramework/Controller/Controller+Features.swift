package import BrokerMetadata
import BrokerModel
import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

extension Controller {
    /// Decides an UpdateFeatures request: all of the levels or none (KIP-584, KIP-778).
    ///
    /// - Parameters:
    ///   - supported: what this node can work with.
    ///   - kraftVersion: the level of kraft.version, which is not in the metadata but in the quorum's records.
    package func updateFeatures(
        _ request: UpdateFeaturesRequest, version: Int16, supported: [BrokerImage.Feature], kraftVersion: Int16
    ) -> Decision<UpdateFeaturesResponse> {
        var decision = Decision(reply: UpdateFeaturesResponse(errorMessage: nil))
        do throws(ControllerError) {
            var records: [MetadataRecord] = []
            var seen: Set<String> = []
            for update in request.featureUpdates {
                guard seen.insert(update.feature).inserted else {
                    throw ControllerError(
                        .invalidRequest, "The feature \(update.feature.excerpt) is named more than once.")
                }
                let kind = version == 0 ? (update.allowDowngrade ? 2 : 1) : update.upgradeType
                guard let upgrade = UpgradeType(rawValue: kind) else {
                    throw Self.invalid(update, "The upgrade type \(kind) is unknown.")
                }
                let isChange = try check(update, upgrade, supported, kraftVersion: kraftVersion)
                guard isChange else { continue }
                var record = FeatureLevelRecord()
                record.name = update.feature
                record.featureLevel = update.maxVersionLevel
                records.append(.featureLevel(record))
            }
            if !request.validateOnly { decision.records = records }
            if version < 2 {
                decision.reply.results = request.featureUpdates.map { .init(feature: $0.feature, errorMessage: nil) }
            }
        } catch {
            decision.reply.errorCode = error.code
            decision.reply.errorMessage = error.message
        }
        return decision
    }

    private enum UpgradeType: Int8 {
        case upgrade = 1
        case safeDowngrade = 2
        case unsafeDowngrade = 3
    }

    /// Throws unless the level may be set; answers whether it is another one than now.
    private func check(
        _ update: UpdateFeaturesRequest.FeatureUpdateKey, _ upgrade: UpgradeType, _ supported: [BrokerImage.Feature],
        kraftVersion: Int16
    ) throws(ControllerError) -> Bool {
        let level = update.maxVersionLevel
        guard level >= 0 else { throw Self.invalid(update, "A level cannot be less than 0.") }
        guard let own = supported.first(where: { $0.name == update.feature }) else {
            throw Self.invalid(update, "This controller does not know the feature.")
        }
        guard (own.minimum...own.maximum).contains(level) else {
            throw Self.invalid(update, "This controller supports the levels \(own.minimum) to \(own.maximum).")
        }
        for broker in image.brokers.values.sorted(by: { $0.id < $1.id }) {
            let range = broker.features.first { $0.name == update.feature }
            guard level == 0 || range.map({ $0.minimum <= level && level <= $0.maximum }) == true else {
                throw Self.invalid(update, "Broker \(broker.id) does not support this level.")
            }
        }
        let isQuorum = update.feature == "kraft.version"
        let current = isQuorum ? kraftVersion : image.features[update.feature] ?? 0
        if level < current, upgrade == .upgrade {
            throw Self.invalid(update, "It is \(current) now; a downgrade must be asked for as safe or unsafe.")
        }
        if level > current, upgrade != .upgrade {
            throw Self.invalid(update, "It is \(current) now; that would be no downgrade.")
        }
        if level != current, isQuorum {
            throw Self.invalid(update, "The level of kraft.version is chosen when a directory is formatted.")
        }
        if update.feature == "metadata.version", level < current,
            let change = Self.recordChanges.first(where: { $0 > level && $0 <= current })
        {
            throw Self.invalid(
                update, "Level \(change) changed what is in the metadata, which a downgrade below it would lose.")
        }
        return level != current
    }

    private static func invalid(
        _ update: UpdateFeaturesRequest.FeatureUpdateKey, _ reason: String
    ) -> ControllerError {
        ControllerError(
            .invalidUpdateVersion, "Invalid level \(update.maxVersionLevel) for \(update.feature.excerpt): \(reason)")
    }

    /// The levels of metadata.version that brought or changed records, newest first.
    private static let recordChanges: [Int16] = [30, 23, 17, 15, 14, 13, 11, 8, 7]
}
