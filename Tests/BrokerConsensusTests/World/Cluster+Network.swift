@testable import BrokerConsensus

/// How messages get from node to node, or do not.
extension Cluster {
    func post(_ packet: Packet) {
        guard !chance(faults.loss) else {
            tally.note(.lost)
            return lose(packet)
        }
        queue.push(.delivery(packet), at: time + drawnDelay())
        if chance(faults.duplication) {
            tally.note(.duplicated)
            queue.push(.delivery(packet), at: time + drawnDelay())
        }
    }

    /// Who asked learns of a loss from a broken connection, or not at all.
    private func lose(_ packet: Packet) {
        let asker = if case .request = packet.content { packet.from } else { packet.to }
        guard Bool.random(using: &random) else { return }
        queue.push(.failure(node: asker, life: packet.life, packet.correlation), at: time + drawnDelay())
    }

    func deliver(_ packet: Packet) throws {
        guard self[packet.to].isUp, !blocked.contains(Link(from: packet.from, to: packet.to)) else {
            narrator?.lost(packet)
            if self[packet.to].isUp { tally.note(.cutOff) }
            return lose(packet)
        }
        narrator?.deliver(packet)
        switch packet.content {
        case .request(let request):
            self[packet.to].lastToken += 1
            let token = self[packet.to].lastToken
            let isPreVote = if case .vote(let vote) = request { vote.isPreVote } else { false }
            self[packet.to].askers[token] = Node.Asker(
                node: packet.from, correlation: packet.correlation, life: packet.life, isPreVote: isPreVote)
            try step(packet.to, .requestReceived(RequestToken(value: token), request))
        case .response(let response, let records, let digest):
            guard self[packet.to].life == packet.life else { return }
            if case .fetchSnapshot(let part) = response { bytesOfPart = part.byteCount }
            try step(packet.to, .responseReceived(packet.correlation, response), records: records, digest: digest)
        }
    }
}
