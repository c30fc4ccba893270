import BrokerMetadata
package import BrokerController
package import BrokerModel
internal import Synchronization

/// Gives out producer ids, from blocks that the controller reserves for this broker.
package final class ProducerIDs: Sendable {
    private struct State {
        var next: ProducerID = 0
        var end: ProducerID = 0
        var isAsking = false
        var waiting: [@Sendable (Result<ProducerID, ControllerError>) -> Void] = []
    }

    private let controller: ControllerDriver
    private let broker: NodeID
    private let state = Mutex(State())

    package init(controller: ControllerDriver, broker: NodeID) {
        self.controller = controller
        self.broker = broker
    }

    /// Calls `then` with an id that nobody else ever gets; perhaps later, on any thread.
    package func next(then: @escaping @Sendable (Result<ProducerID, ControllerError>) -> Void) {
        let (id, asks) = state.withLock { state -> (ProducerID?, Bool) in
            if state.next < state.end {
                defer { state.next += 1 }
                return (state.next, false)
            }
            state.waiting.append(then)
            defer { state.isAsking = true }
            return (nil, !state.isAsking)
        }
        if let id { return then(.success(id)) }
        if asks { ask() }
    }

    private func ask() {
        let broker = broker
        controller.submit { controller, _, _ in
            controller.allocateProducerIDs(
                broker: broker, brokerEpoch: controller.image.brokers[broker]?.epoch ?? -1)
        } then: { [self] result in
            arrived(result)
        }
    }

    private func arrived(_ block: Result<ProducerID, ControllerError>) {
        let (answers, asks) = state.withLock {
            state -> (
                [(@Sendable (Result<ProducerID, ControllerError>) -> Void, Result<ProducerID, ControllerError>)], Bool
            ) in
            let waiting = state.waiting
            switch block {
            case .failure(let error):
                state.waiting = []
                state.isAsking = false
                return (waiting.map { ($0, .failure(error)) }, false)
            case .success(let first):
                let served = min(waiting.count, Controller.producerIDBlockSize)
                state.next = first + ProducerID(served)
                state.end = first + ProducerID(Controller.producerIDBlockSize)
                state.waiting = Array(waiting.dropFirst(served))
                state.isAsking = !state.waiting.isEmpty
                let answers = waiting.prefix(served).enumerated().map { number, then in
                    (then, Result<ProducerID, ControllerError>.success(first + ProducerID(number)))
                }
                return (answers, state.isAsking)
            }
        }
        for (then, answer) in answers { then(answer) }
        if asks { ask() }
    }
}
