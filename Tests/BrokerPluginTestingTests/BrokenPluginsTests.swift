import BrokerModel
import BrokerPluginAPI
import BrokerPluginTesting
import Codecs
import NIOCore
import Synchronization
import Testing

/// Plug-ins that are wrong on purpose: each must fail its exam, and for that reason.
@Suite struct `A broken plug-in fails its exam for the right reason` {
    private struct Partitioning: Partitioner {
        let choose: @Sendable (PartitionerContext) -> PartitionIndex
        func partition(for record: PartitionerContext) -> PartitionIndex { choose(record) }
    }

    private func promises(
        _ claims: PartitionerExam.Claims = [], _ choose: @escaping @Sendable (PartitionerContext) -> PartitionIndex
    ) -> [String] { PartitionerExam(claims) { Partitioning(choose: choose) }.violations.map(\.promise) }

    @Test func `a partitioner that leaves the topic`() {
        let promise = "the partition is one of the topic's"
        #expect(promises { _ in -1 } == [promise])
        #expect(promises { $0.partitionCount } == [promise])
        #expect(promises { $0.key == nil ? 1_000_000_000 : 0 } == [promise], "only without a key")
        #expect(promises { $0.availablePartitions.first ?? -1 } == [promise], "only without a leader")
    }

    @Test func `a partitioner that moves keys`() {
        let next = Atomic<Int32>(0)
        #expect(
            promises([.keysStay]) { record in
                next.wrappingAdd(1, ordering: .relaxed).oldValue % record.partitionCount
            } == ["a key keeps its partition, whatever the value, the instance and the leaders"])
        #expect(
            promises([.keysStay]) { record in
                PartitionIndex(record.value?.readableBytes ?? 0) % record.partitionCount
            }.count == 1, "by the value")
    }

    @Test func `a partitioner that does not spread`() {
        #expect(promises([.spreads]) { _ in 0 } == ["keys use more than one of ten partitions"])
        #expect(
            promises([.spreads]) { record in
                record.partitionCount > 1 && record.key?.readableBytes == 6 ? 1 : 0
            } == ["keys use the partitions equally"])
    }

    private struct Lying: ExplainablePartitioner {
        func partition(for record: PartitionerContext) -> PartitionIndex { 0 }
        func explain(_ record: PartitionerContext) -> PartitionRoute {
            PartitionRoute(record.partitionCount - 1, because: "")
        }
    }

    @Test func `a partitioner that explains what it does not do`() {
        #expect(
            PartitionerExam([]) { Lying() }.violations.map(\.promise)
                == ["an explanation has a reason", "what is chosen is among what is explained"])
    }

    private struct Planning: RecordCleanupPolicy {
        var plan: @Sendable (CleanupLog) -> CleanupPlan
        var keep: @Sendable (Record) -> Bool = { _ in true }
        func plan(for log: CleanupLog) -> CleanupPlan { plan(log) }
        func makeFilter(for log: CleanupLog) -> any RecordFilter { Filter(keep: keep) }

        struct Filter: RecordFilter {
            var keep: @Sendable (Record) -> Bool
            mutating func observe(_ record: Record) -> Bool { true }
            mutating func keeps(_ record: Record) -> Bool { keep(record) }
        }
    }

    private func promises(
        mustStay: CleanupPolicyExam.MustStay? = nil, keep: @escaping @Sendable (Record) -> Bool = { _ in true },
        _ plan: @escaping @Sendable (CleanupLog) -> CleanupPlan
    ) -> Set<String> {
        Set(CleanupPolicyExam(mustStay: mustStay) { Planning(plan: plan, keep: keep) }.violations.map(\.promise))
    }

    @Test func `a cleanup policy that wants the active segment`() {
        #expect(promises { CleanupPlan(deleteBelow: $0.active?.nextOffset) } == ["only sealed segments are deleted"])
        #expect(
            promises { log in CleanupPlan(rewrite: log.active.map { $0.baseOffset..<$0.nextOffset }) }
                == ["only sealed segments are rewritten"])
        #expect(promises { _ in CleanupPlan(sealsActive: true) } == ["there is an active segment to be sealed"])
    }

    @Test func `a cleanup policy that rolls dice`() {
        let count = Atomic<Int64>(0)
        let broken = promises { log in
            let turn = count.wrappingAdd(1, ordering: .relaxed).oldValue
            return CleanupPlan(deleteBelow: turn % 2 == 0 ? nil : log.segments.first?.nextOffset)
        }
        #expect(broken.contains("the same log has the same plan"))
    }

    @Test func `a cleanup policy that drops what it promises to keep`() {
        #expect(
            promises(mustStay: { record, _ in record.value != nil }, keep: { $0.offset % 5 != 0 }) { log in
                guard log.firstUncleanedOffset == 0, let last = log.segments.last else { return .nothing }
                return CleanupPlan(rewrite: log.logStartOffset..<last.nextOffset)
            } == ["what the policy promises to leave is left"])
    }

    private struct Deciding: Authorizer {
        let decide: @Sendable ([AuthorizableAction]) -> [AuthorizationResult]
        func authorize(_ actions: [AuthorizableAction], for context: RequestContext) -> [AuthorizationResult] {
            decide(actions)
        }
    }

    @Test func `an authorizer that forgets, or lets strangers in`() {
        #expect(
            AuthorizerExam { Deciding { $0.dropLast().map { _ in .denied } } }.violations.map(\.promise)
                == ["there is one answer for each action"])
        #expect(
            AuthorizerExam { Deciding { $0.map { $0.name == "*" ? .allowed : .denied } } }.violations.map(\.promise)
                == ["a stranger may do nothing"])
        #expect(
            AuthorizerExam { Deciding { all in all.map { _ in all.count > 1 ? .denied : .allowed } } }.violations.map(
                \.promise)
                == ["an action's answer does not depend on its company"])
    }

    private struct Throwing: Authorizer {
        func authorize(
            _ actions: [AuthorizableAction], for context: RequestContext
        ) throws(PluginError) -> [AuthorizationResult] {
            throw .retry("the rules are gone")
        }
    }

    @Test func `an authorizer that cannot say`() {
        #expect(
            AuthorizerExam { Throwing() }.violations.map(\.promise) == ["it can say without help from outside"])
    }

    private struct Changed: CompressionCodec {
        let inner = ZstdCodec()
        var compressing: @Sendable (inout ByteBuffer) -> Void = { _ in }
        var decompressing: @Sendable (ByteBuffer, inout ByteBuffer) -> Void = { _, _ in }
        var hidesErrors = false
        var limit: Int?
        var type: CompressionType { .zstd }
        var levels: CompressionLevels? { nil }

        func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {
            try inner.compress(bytes, level: level, into: &output)
            compressing(&output)
        }

        func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
            do throws(CodecError) { try inner.decompress(bytes, limit: self.limit ?? limit, into: &output) } catch {
                if !hidesErrors { throw error }
            }
            decompressing(bytes, &output)
        }
    }

    @Test func `a codec that changes bytes, forgets its limit or passes over damage`() {
        #expect(
            CodecExam { Changed(decompressing: { $1.writeInteger(UInt8(0x7a)) }) }.violations
                .contains { $0.promise == "a round trip changes nothing" })
        #expect(
            CodecExam { Changed(limit: 1 << 30) }.violations.map(\.promise) == ["more than the limit is an error"])
        let hiding = CodecExam { Changed(hidesErrors: true) }.violations.map(\.promise)
        #expect(hiding.contains("no bytes at all are malformed"))
        #expect(
            CodecExam { Changed(compressing: { $0.clear() }) }.violations.map(\.promise).contains(
                "what is made is appended"))
    }

    private struct Intercepting: RecordInterceptor {
        let judge: @Sendable (Record) throws(PluginError) -> Record?
        func intercept(_ record: Record, in context: RecordInterceptorContext) throws(PluginError) -> Record? {
            try judge(record)
        }
    }

    private func promises(
        intercepting judge: @escaping @Sendable (Record) throws(PluginError) -> Record?
    ) -> [String] { RecordInterceptorExam { Intercepting(judge: judge) }.violations.map(\.promise) }

    @Test func `an interceptor that cannot take every record, changes its mind or makes much of little`() {
        #expect(promises { _ throws(PluginError) in nil } == [])
        #expect(promises { _ throws(PluginError) in throw .reject("no") } == [])
        #expect(
            promises { record throws(PluginError) in
                guard record.key != nil else { throw .fallBack("a key, please") }
                return nil
            } == ["every record can be judged"])
        let count = Atomic<Int>(0)
        #expect(
            promises { _ throws(PluginError) in
                if count.wrappingAdd(1, ordering: .relaxed).oldValue % 2 == 0 { throw .reject("every second") }
                return nil
            } == ["a record's verdict depends on the record alone"])
        #expect(
            promises { record throws(PluginError) in
                var record = record
                record.value = ByteBuffer(repeating: 0, count: 4 << 20)
                return record
            } == ["a replacement is at most 1 MiB larger"])
    }
}
