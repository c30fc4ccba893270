import BrokerModel
import BrokerPluginAPI
import NIOCore
import Testing

@testable import Partitioners

private func record(
    _ key: String?, headers: [(String, String?)] = [], count: PartitionIndex = 8
) -> PartitionerContext {
    PartitionerContext(
        topic: "t", key: key.map { ByteBuffer(string: $0) }, value: ByteBuffer(string: "v"),
        headers: headers.map { Record.Header(key: $0.0, value: $0.1.map { ByteBuffer(string: $0) }) },
        partitionCount: count, availablePartitions: Array(0..<count))
}

private func router(_ values: [String: String]) throws -> VIPRouter {
    VIPRouter(
        try VIPRouter.Configuration.schema.configuration(prefix: "partitioner.vip") {
            values[String($0.dropFirst("partitioner.vip.".count))]
        })
}

@Suite struct VIPRouterTests {
    @Test func `important keys have the reserved partitions to themselves`() throws {
        let router = try router(["keys": "acme, globex", "partitions": "2"])
        for count in 3...40 as ClosedRange<PartitionIndex> {
            for key in ["acme", "globex"] {
                #expect((0..<2).contains(router.partition(for: record(key, count: count))))
            }
            for key in (0..<200).map({ "ordinary-\($0)" }) + ["", "acm", "acme2"] {
                #expect((2..<count).contains(router.partition(for: record(key, count: count))), "\(key)")
            }
        }
    }

    @Test func `a prefix makes every key that begins so important`() throws {
        let router = try router(["prefixes": "vip-", "partitions": "3"])
        #expect((0..<3).contains(router.partition(for: record("vip-"))))
        #expect((0..<3).contains(router.partition(for: record("vip-17"))))
        #expect((3..<8).contains(router.partition(for: record("vip"))))
    }

    @Test func `a header makes a record important, with any value or only with some`() throws {
        let any = try router(["header": "tier"])
        #expect(any.partition(for: record("k", headers: [("tier", nil)])) == 0)
        #expect(any.partition(for: record("k", headers: [("Tier", "gold")])) != 0)
        let some = try router(["header": "tier", "header.values": "gold,silver"])
        #expect(some.partition(for: record("k", headers: [("tier", "lead"), ("tier", "gold")])) == 0)
        #expect(some.partition(for: record("k", headers: [("tier", "lead")])) != 0)
        #expect(some.partition(for: record(nil, headers: [("tier", "silver")])) == 0)
    }

    @Test func `important keys stay where they are when partitions are added`() throws {
        let router = try router(["keys": (0..<50).map { "k\($0)" }.joined(separator: ","), "partitions": "4"])
        for key in (0..<50).map({ "k\($0)" }) {
            let places = Set((5...64).map { router.partition(for: record(key, count: $0)) })
            #expect(places.count == 1, "\(key)")
        }
    }

    @Test func `one partition at least is left for the rest`() throws {
        let router = try router(["keys": "a", "partitions": "8"])
        #expect(router.partition(for: record("a", count: 1)) == 0)
        #expect(router.partition(for: record("b", count: 1)) == 0)
        #expect(router.partition(for: record("a", count: 2)) == 0)
        #expect(router.partition(for: record("b", count: 2)) == 1)
        #expect(router.partition(for: record("b", count: 8)) == 7)
    }

    @Test func `records without a key are spread over their own kind of partitions`() throws {
        let router = try router(["header": "vip", "partitions": "3", "sticky.bytes": "1"])
        let ordinary = Set((0..<200).map { _ in router.partition(for: record(nil)) })
        let important = Set((0..<200).map { _ in router.partition(for: record(nil, headers: [("vip", "1")])) })
        #expect(ordinary == Set(3..<8) && important == Set(0..<3))
    }

    @Test func `what it explains is what it does`() throws {
        let router = try router(["keys": "acme", "prefixes": "vip-", "partitions": "2", "hash": "fnv1a"])
        for key in ["acme", "vip-1", "vip-2", "x", ""] {
            let route = router.explain(record(key))
            #expect(route.partitions == router.partition(for: record(key))..<router.partition(for: record(key)) + 1)
        }
        #expect(router.explain(record("acme")).reason == "its key is one of the important ones")
        #expect(router.explain(record(nil)).partitions == 2..<8)
    }

    @Test func `values of a header that is not named are refused`() {
        #expect(throws: PluginError.self) { try router(["header.values": "gold"]) }
        #expect(throws: PluginError.self) { try router(["partitions": "0"]) }
    }
}

@Suite struct KeyHashTests {
    // The checksum's and the hash's published test vectors.
    @Test(arguments: [("123456789", 0xcbf4_3926), ("", 0), ("a", 0xe8b7_be43)] as [(String, UInt32)])
    func `CRC-32 is that of zlib`(text: String, sum: UInt32) {
        #expect(ByteBuffer(string: text).withUnsafeReadableBytes { CRC32.checksum($0) } == sum)
    }

    @Test(arguments: [("", 0x811c_9dc5), ("a", 0xe40c_292c), ("foobar", 0xbf9c_f968)] as [(String, UInt32)])
    func `FNV-1a is that of its authors`(text: String, hash: UInt32) {
        #expect(ByteBuffer(string: text).withUnsafeReadableBytes { FNV1a.hash($0) } == hash)
    }

    @Test(arguments: KeyHash.allCases)
    func `every hash spreads keys evenly`(hash: KeyHash) {
        var counts = [Int](repeating: 0, count: 10)
        for number in 0..<10_000 {
            counts[Int(hash.partition(of: ByteBuffer(string: "key-\(number)"), among: 10))] += 1
        }
        #expect(counts.allSatisfy { (800...1200).contains($0) }, "\(counts)")
    }
}
