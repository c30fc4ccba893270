/// A consumer's records as a sequence. Back-pressure is the loop itself: nothing is polled while its body runs.
public struct ConsumerRecords: AsyncSequence, Sendable {
    public typealias Element = ConsumerRecord
    public typealias Failure = ClientError

    let consumer: Consumer

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(consumer: consumer) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let consumer: Consumer
        private var handout = Handout([])

        init(consumer: Consumer) { self.consumer = consumer }

        public mutating func next(isolation: isolated (any Actor)?) async throws(ClientError) -> ConsumerRecord? {
            while true {
                if let record = handout.take() { return record }
                if Task.isCancelled { return nil }
                handout = try await consumer.nextHandout(timeoutMilliseconds: 1_000)
            }
        }
    }
}
