import BrokerConsensus

/// A message under way, with the bytes that a driver would add to it.
struct Packet {
    enum Content {
        case request(RaftRequest)
        case response(RaftResponse, records: [Entry], digest: UInt64)
    }

    let from: Int32
    let to: Int32
    let content: Content
    let correlation: CorrelationID
    /// The life of the node that asked: its connections end with it.
    let life: Int
}

/// A way from one node to another.
struct Link: Hashable {
    let from: Int32
    let to: Int32
}

extension RaftReply {
    /// The answer as the other side reads it, with the bytes added.
    func delivered(from disk: Disk) -> (RaftResponse, records: [Entry], digest: UInt64) {
        switch self {
        case .vote(let reply): return (.vote(reply), [], 0)
        case .beginQuorumEpoch(let reply): return (.beginQuorumEpoch(reply), [], 0)
        case .endQuorumEpoch(let reply): return (.endQuorumEpoch(reply), [], 0)
        case .fetch(let reply):
            var records: [Entry] = []
            let content: FetchResponse.Content
            switch reply.content {
            case .empty: content = .records([])
            case .diverging(let end): content = .diverging(end)
            case .snapshot(let id): content = .snapshot(id)
            case .records(let offset, let limit, let maxBytes):
                records = disk.log.read(from: offset, upTo: limit, count: Int(maxBytes) / bytesPerEntry)
                content = .records(spans(of: records, at: offset))
            }
            let response = FetchResponse(header: reply.header, highWatermark: reply.highWatermark, content: content)
            return (.fetch(response), records, 0)
        case .fetchSnapshot(let reply):
            let response = FetchSnapshotResponse(
                header: reply.header, snapshotID: reply.snapshotID, sizeInBytes: reply.sizeInBytes,
                position: reply.position, byteCount: reply.byteCount)
            return (.fetchSnapshot(response), [], disk.snapshots.first { $0.id == reply.snapshotID }?.digest ?? 0)
        }
    }

    private func spans(of records: [Entry], at base: Int64) -> [BatchSpan] {
        var spans: [BatchSpan] = []
        var start = 0
        for index in records.indices where index + 1 == records.count || records[index + 1].startsBatch {
            spans.append(
                BatchSpan(
                    baseOffset: base + Int64(start), endOffset: base + Int64(index) + 1, epoch: records[index].epoch))
            start = index + 1
        }
        return spans
    }
}

let bytesPerEntry = 100
