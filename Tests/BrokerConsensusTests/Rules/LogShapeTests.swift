import Testing

@testable import BrokerConsensus

@Suite struct LogShapeTests {
    @Test func `the shape answers as a list of every record's epoch does`() {
        var random = RaftRandom(seed: 5)
        for _ in 0..<200 {
            var shape = LogShape()
            var model: [Int32] = []
            for _ in 0..<20 {
                if Int.random(in: 0..<4, using: &random) == 0, !model.isEmpty {
                    let cut = Int.random(in: 0...model.count, using: &random)
                    shape.truncate(to: Int64(cut))
                    model.removeLast(model.count - cut)
                } else {
                    let epoch = (model.last ?? 1) + Int32.random(in: 0...2, using: &random)
                    let count = Int.random(in: 1...4, using: &random)
                    let end = Int64(model.count + count)
                    shape.append(BatchSpan(baseOffset: shape.endOffset, endOffset: end, epoch: epoch))
                    model += Array(repeating: epoch, count: count)
                }
                #expect(shape.endOffset == Int64(model.count))
                #expect(shape.lastEpoch == model.last ?? 0)
                for offset in 0..<model.count { #expect(shape.epoch(at: Int64(offset)) == model[offset]) }
                for epoch in Int32(1)...(model.last ?? 1) + 1 {
                    // Everything up to `epoch`, and the epoch the last of it has; none at all is named after the question.
                    let upTo = model.prefix { $0 <= epoch }
                    let expected = OffsetAndEpoch(
                        offset: Int64(upTo.count), epoch: upTo.last ?? (model.isEmpty ? 0 : epoch))
                    #expect(shape.end(ofEpoch: epoch) == expected)
                }
            }
        }
    }

    @Test func `a log that lost its beginning knows the epoch before from its snapshot`() {
        var shape = Bench.log([(1, 4), (3, 8)])
        let id = OffsetAndEpoch(offset: 4, epoch: 1)
        shape.add(Snapshot(id: OffsetAndEpoch(offset: 2, epoch: 1), sizeInBytes: 1))
        shape.add(Snapshot(id: id, sizeInBytes: 1))
        shape.dropPrefix(before: id)
        #expect(shape.startOffset == 4)
        #expect(shape.epochs == [EpochStart(epoch: 3, startOffset: 4)])
        #expect(shape.snapshots.map(\.id) == [id])
        #expect(shape.end(ofEpoch: 2) == id)
        #expect(shape.contains(id))
        shape.truncate(to: 4)
        #expect(shape.end == id)
    }

    @Test func `a flush asked for before a cut counts only up to the cut`() {
        var flushes = PendingFlushes(durableEndOffset: 2)
        let early = flushes.request(upTo: 10)
        flushes.truncate(to: 4)
        let late = flushes.request(upTo: 6)
        flushes.complete(early)
        #expect(flushes.durableEndOffset == 4)
        flushes.complete(late)
        #expect(flushes.durableEndOffset == 6)
        flushes.truncate(to: 3)
        #expect(flushes.durableEndOffset == 3)
    }
}
