import BrokerModel
import BrokerPluginAPI
import NIOCore
import Synchronization
import Testing

@testable import Partitioners

private func context(
    _ topic: String = "t", key: String? = nil, value: String? = "v", count: PartitionIndex = 4,
    available: [PartitionIndex]? = nil
) -> PartitionerContext {
    PartitionerContext(
        topic: topic, key: key.map { ByteBuffer(string: $0) }, value: value.map { ByteBuffer(string: $0) },
        partitionCount: count, availablePartitions: available ?? Array(0..<count))
}

/// Chance that counts: 0, 1, 2, …
private func counting() -> @Sendable () -> UInt64 {
    let next = Sequence()
    return { next.draw() }
}

private final class Sequence: Sendable {
    private let value = Atomic<UInt64>(0)
    func draw() -> UInt64 { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}

@Suite struct KeyHashPartitionerTests {
    // The hashes' lower 31 bits are 1173551340, 1357151166 and 479470107.
    @Test(arguments: [("21", 0), ("foobar", 6), ("abc", 7)] as [(String, PartitionIndex)])
    func `a key goes where the Java client sends it`(key: String, partition: PartitionIndex) {
        #expect(KeyHashPartitioner().partition(for: context(key: key, count: 10)) == partition)
    }

    @Test func `a key keeps its partition though that has no leader`() {
        let partitioner = KeyHashPartitioner()
        let chosen = partitioner.partition(for: context(key: "foobar"))
        let others = (0..<4).filter { $0 != chosen }
        #expect(partitioner.partition(for: context(key: "foobar", available: others)) == chosen)
    }

    @Test func `an empty key is hashed, not treated as none`() {
        let partitioner = KeyHashPartitioner(stickyByteCount: 1, random: counting())
        let chosen = Set((0..<20).map { _ in partitioner.partition(for: context(key: "")) })
        #expect(chosen.count == 1)
    }

    @Test func `records without a key stay until the bytes are used up, then move`() {
        let partitioner = KeyHashPartitioner(stickyByteCount: 10, random: counting())
        let chosen = (0..<30).map { _ in partitioner.partition(for: context(value: "12345")) }
        for start in stride(from: 0, to: 30, by: 2) {
            #expect(chosen[start] == chosen[start + 1])
            if start > 0 { #expect(chosen[start] != chosen[start - 1]) }
        }
    }

    @Test func `records without a key avoid partitions without a leader`() {
        let partitioner = KeyHashPartitioner(stickyByteCount: 1)
        for _ in 0..<50 { #expect([1, 3].contains(partitioner.partition(for: context(available: [1, 3])))) }
    }

    @Test func `with no leader anywhere a partition is chosen all the same`() {
        let partitioner = KeyHashPartitioner(stickyByteCount: 1)
        for _ in 0..<50 { #expect((0..<4).contains(partitioner.partition(for: context(available: [])))) }
    }

    @Test func `topics stick separately`() {
        let partitioner = KeyHashPartitioner(stickyByteCount: 100, random: counting())
        let first = partitioner.partition(for: context("a"))
        let second = partitioner.partition(for: context("b"))
        #expect(partitioner.partition(for: context("a")) == first)
        #expect(partitioner.partition(for: context("b")) == second)
    }
}

@Suite struct RoundRobinPartitionerTests {
    @Test func `records take turns, whatever their keys`() {
        let partitioner = RoundRobinPartitioner()
        let chosen = (0..<8).map { partitioner.partition(for: context(key: $0 % 2 == 0 ? "k" : nil)) }
        #expect(chosen == [0, 1, 2, 3, 0, 1, 2, 3])
    }

    @Test func `partitions without a leader are passed over`() {
        let partitioner = RoundRobinPartitioner()
        #expect((0..<4).map { _ in partitioner.partition(for: context(available: [1, 3])) } == [1, 3, 1, 3])
    }

    @Test func `each topic has its own turn`() {
        let partitioner = RoundRobinPartitioner()
        #expect(partitioner.partition(for: context("a")) == 0)
        #expect(partitioner.partition(for: context("b")) == 0)
        #expect(partitioner.partition(for: context("a")) == 1)
    }
}
