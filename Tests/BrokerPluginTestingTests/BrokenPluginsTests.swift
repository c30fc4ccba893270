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
        let (deleted, rewritten) = (
            "only sealed segments below the high watermark are deleted",
            "only sealed segments below the high watermark are rewritten"
        )
        #expect(promises { CleanupPlan(deleteBelow: $0.active?.nextOffset) } == [deleted])
        #expect(
            promises { log in CleanupPlan(rewrite: log.active.map { $0.baseOffset..<$0.nextOffset }) } == [rewritten])
        #expect(promises { CleanupPlan(deleteBelow: $0.active?.baseOffset) } == [deleted], "sealed, and not committed")
        #expect(
            promises { log in CleanupPlan(rewrite: log.active.map { log.logStartOffset..<$0.baseOffset }) }
                == [rewritten], "sealed, and not committed")
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

    private struct Judging: Authorizer {
        var allowsEverything = false
        let judge: @Sendable (AuthorizableAction, RequestContext) -> Bool
        func authorize(_ actions: [AuthorizableAction], for context: RequestContext) -> [AuthorizationResult] {
            actions.map { judge($0, context) ? .allowed : .denied }
        }
    }

    private func promises(
        friend: RequestContext? = nil, whenBroken: (() throws -> any Authorizer)? = nil,
        allowing judge: @escaping @Sendable (AuthorizableAction, RequestContext) -> Bool
    ) -> [String] {
        AuthorizerExam(friend: friend, whenBroken: whenBroken) { Judging(judge: judge) }.violations.map(\.promise)
    }

    @Test func `an authorizer that is taken in by odd names, or lets nobody in`() {
        #expect(
            promises { $0.name.contains("\0") && $1.principal == "User:a stranger" } == [
                "a stranger may do nothing, whatever the name"
            ])
        #expect(
            promises { action, _ in action.name.utf8.count > 1_000 } == [
                "a stranger may do nothing, whatever the name"
            ])
        #expect(promises { $1.principal.isEmpty } == ["who is nobody may do nothing"])
        #expect(promises { $1.principal.hasSuffix("User:admin") } == ["who is nobody may do nothing"])
    }

    @Test func `an authorizer that allows when it cannot know`() {
        let friend = RequestContext(principal: "User:alice", host: "10.0.0.7", listener: "PLAINTEXT", clientID: nil)
        let sound: @Sendable (AuthorizableAction, RequestContext) -> Bool = { $1 == friend }
        let promise = "who cannot know what is allowed allows nothing"
        #expect(promises(friend: friend, whenBroken: { Judging(judge: sound) }, allowing: sound) == [promise])
        #expect(promises(friend: friend, whenBroken: { Judging { _, _ in true } }, allowing: sound) == [promise])
        #expect(
            promises(
                friend: friend, whenBroken: { Judging(allowsEverything: true) { _, _ in false } }, allowing: sound)
                == ["who cannot know what is allowed does not claim to allow everything"])
        #expect(promises(friend: friend, whenBroken: { Throwing() }, allowing: sound) == [])
        #expect(promises(friend: friend, whenBroken: { throw PluginError.reject("No file.") }, allowing: sound) == [])
        #expect(promises(friend: friend) { _, _ in false } == ["a friend may do something"])
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
            CodecExam { Changed(limit: 1 << 30) }.violations.map(\.promise)
                == ["the limit is for all pieces together", "more than the limit is an error"])
        let hiding = CodecExam { Changed(hidesErrors: true) }.violations.map(\.promise)
        #expect(hiding.contains("no bytes at all are malformed"))
        #expect(
            CodecExam { Changed(compressing: { $0.clear() }) }.violations.map(\.promise).contains(
                "what is made is appended"))
    }

    /// Bytes as they are, behind what `frame` puts before them.
    private struct Framed: CompressionCodec {
        var hasLength = false
        var hasSum = false
        var readsOn = true
        /// Whether the limit is for each piece.
        var limitsPieces = false
        var type: CompressionType { .custom5 }
        var levels: CompressionLevels? { nil }

        func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {
            output.writeInteger(UInt8(7))
            if hasLength { output.writeInteger(UInt32(bytes.readableBytes)) }
            if hasSum { output.writeInteger(sum(bytes)) }
            output.writeImmutableBuffer(bytes)
        }

        private func sum(_ bytes: ByteBuffer) -> UInt64 {
            bytes.withUnsafeReadableBytes { bytes in
                var sum: UInt64 = 14_695_981_039_346_656_037
                for byte in bytes { sum = (sum ^ UInt64(byte)) &* 1_099_511_628_211 }
                return sum
            }
        }

        func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
            var (bytes, restored) = (bytes, ByteBuffer())
            repeat {
                guard bytes.readInteger(as: UInt8.self) == 7 else { throw .malformed("no head") }
                let length = hasLength ? bytes.readInteger(as: UInt32.self).map(Int.init) : bytes.readableBytes
                let sum = hasSum ? bytes.readInteger(as: UInt64.self) : 0
                guard let length, let sum, var piece = bytes.readSlice(length: min(length, bytes.readableBytes)),
                    !hasLength || piece.readableBytes == length
                else { throw .malformed("cut off") }
                guard piece.readableBytes + (limitsPieces ? 0 : restored.readableBytes) <= limit else {
                    throw .tooLarge(limit: limit)
                }
                guard !hasSum || self.sum(piece) == sum else { throw .malformed("changed") }
                restored.writeBuffer(&piece)
            } while readsOn && bytes.readableBytes > 0
            output.writeBuffer(&restored)
        }
    }

    @Test func `a codec that does not notice cuts, changes or second pieces`() {
        let (cut, changed) = ("what is cut off is an error", "what was changed is an error, or comes out as it was")
        let pieces = "two pieces, one behind the other, become both or are an error"
        func promises(_ codec: Framed, _ claims: CodecExam.Claims? = nil) -> [String] {
            CodecExam(claims) { codec }.violations.map(\.promise)
        }
        #expect(promises(Framed(hasLength: true, hasSum: true)) == [])
        #expect(promises(Framed(hasLength: true)) == [changed])
        #expect(promises(Framed(hasLength: true), .detectsTruncation) == [])
        // Its second piece's head passes for one of the first's bytes.
        #expect(promises(Framed()) == [pieces, cut, changed])
        #expect(promises(Framed(), []) == [pieces])
        #expect(promises(Framed(hasLength: true, hasSum: true, readsOn: false)) == [pieces])
        #expect(
            promises(Framed(hasLength: true, hasSum: true, limitsPieces: true)) == [
                "the limit is for all pieces together"
            ])
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
