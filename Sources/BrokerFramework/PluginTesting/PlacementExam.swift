internal import BrokerModel
public import BrokerPluginAPI

/// Whether a replica placer keeps what ``BrokerPluginAPI/ReplicaPlacer`` promises.
public struct PlacementExam {
    /// What the placer under exam claims beyond the protocol.
    public struct Claims: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// Brokers that are alike get about as many replicas, and lead about as many partitions.
        public static let spreads = Claims(rawValue: 1)
        /// In one rack a fenced broker gets a replica only when there are too few others, and is never first.
        public static let sparesFenced = Claims(rawValue: 2)
    }

    private let make: () throws -> any ReplicaPlacer
    private let claims: Claims

    /// - Parameters:
    ///   - claims: what it claims; one that packs a topic onto few brokers does not spread, for example.
    ///   - make: makes an instance; called several times.
    public init(
        _ claims: Claims = [.spreads, .sparesFenced], _ make: @escaping () throws -> any ReplicaPlacer
    ) {
        self.claims = claims
        self.make = make
    }

    /// What is broken; empty if it passes. The same in every run. Takes less than a second.
    public var violations: [Violation] {
        var findings = Findings()
        do {
            try answers(&findings)
            try refusals(&findings)
            if claims.contains(.spreads) { try spread(&findings) }
            if claims.contains(.sparesFenced) { try fenced(&findings) }
        } catch { findings.expect("an instance can be made", false, "\(error)") }
        return findings.violations
    }

    /// Clusters of any shape, some brokers fenced, never all.
    private static let clusters: [[PlacementBroker]] = (1...12).flatMap { count -> [[PlacementBroker]] in
        var chance = SeededChance(UInt64(count))
        let ids = (0..<count).map { NodeID($0 * 7 + 1) }
        return [
            ids.map { PlacementBroker(id: $0) },
            ids.enumerated().map { PlacementBroker(id: $1, rack: "r\($0 % 3)") },
            ids.enumerated().map { number, id in
                PlacementBroker(
                    id: id, rack: chance.next() % 4 == 0 ? nil : "r\(chance.next() % 3)",
                    isFenced: number > 0 && chance.next() % 3 == 0)
            },
        ]
    }

    private func answers(_ findings: inout Findings) throws {
        let (one, other) = (try make(), try make())
        var chance = SeededChance(1)
        for brokers in Self.clusters {
            for factor in 1...brokers.count {
                for (count, hasGrown) in [(1, false), (7, true), (40, false)] {
                    let existing = hasGrown ? [brokers.prefix(factor).map(\.id)] : []
                    let request = PlacementRequest(
                        topic: "exam", partitionCount: count, replicationFactor: factor, brokers: brokers,
                        existing: existing, chance: chance.next())
                    do throws(PluginError) {
                        let answer = try one.place(request)
                        let (again, elsewhere) = (try one.place(request), try other.place(request))
                        let problem = request.problem(with: answer)
                        findings.expect(
                            "every partition gets as many different brokers of those offered as asked for, one of them "
                                + "not fenced", problem == nil, "it \(problem ?? "")")
                        findings.expect(
                            "the same request has the same answer, whatever the instance",
                            again == answer && elsewhere == answer,
                            "\(factor) replicas on \(brokers.count) brokers are placed in two ways")
                    } catch {
                        findings.expect(
                            "what can be placed is placed", error.remedy == .fallBack,
                            "\(factor) replicas on \(brokers.count) brokers: \(error)")
                    }
                }
            }
        }
    }

    /// There are not enough brokers, or none that could lead.
    private func refusals(_ findings: inout Findings) throws {
        let placer = try make()
        let brokers = [PlacementBroker(id: 1), PlacementBroker(id: 2)]
        let impossible = [
            (3, brokers), (1, []), (1, [PlacementBroker(id: 1, isFenced: true)]),
        ]
        for (factor, brokers) in impossible {
            let request = PlacementRequest(
                topic: "exam", partitionCount: 2, replicationFactor: factor, brokers: brokers, chance: 1)
            let answer = try? placer.place(request)
            findings.expect(
                "what cannot be placed is refused", answer == nil,
                "\(factor) replicas on \(brokers.count) brokers, placed as \(answer ?? [])")
        }
    }

    private func spread(_ findings: inout Findings) throws {
        let placer = try make()
        var chance = SeededChance(2)
        for (racks, size, factor) in [(1, 6, 1), (1, 6, 3), (2, 3, 2), (3, 3, 3), (3, 2, 1)] {
            let brokers = (0..<racks * size).map { PlacementBroker(id: NodeID($0 + 1), rack: "r\($0 % racks)") }
            let count = brokers.count * 20
            let request = PlacementRequest(
                topic: "exam", partitionCount: count, replicationFactor: factor, brokers: brokers,
                chance: chance.next())
            let answer = (try? placer.place(request)) ?? []
            for (what, placed, mean) in [
                ("leads", answer.compactMap(\.first), 20), ("replicas", answer.flatMap { $0 }, 20 * factor),
            ] {
                var counts = Dictionary(uniqueKeysWithValues: brokers.map { ($0.id, 0) })
                for broker in placed { counts[broker, default: 0] += 1 }
                findings.expect(
                    "brokers that are alike get as many \(what)",
                    counts.values.allSatisfy { (mean / 2...mean * 2).contains($0) },
                    "\(counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }), and \(mean) would be even")
            }
        }
    }

    private func fenced(_ findings: inout Findings) throws {
        let placer = try make()
        for fencedCount in 1...4 {
            let brokers = (1...6).map { PlacementBroker(id: NodeID($0), isFenced: $0 <= fencedCount) }
            for factor in 1...(6 - fencedCount) {
                let request = PlacementRequest(
                    topic: "exam", partitionCount: 12, replicationFactor: factor, brokers: brokers,
                    chance: UInt64(fencedCount))
                let used = Set((try? placer.place(request))?.flatMap { $0 } ?? [])
                let spoiled = used.filter { Int($0) <= fencedCount }.sorted()
                findings.expect(
                    "a fenced broker is spared while others do", spoiled.isEmpty,
                    "\(spoiled) of \(fencedCount) fenced ones, for \(factor) replicas on six brokers")
            }
        }
    }
}
