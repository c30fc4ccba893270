/// What went in and out of partitions since they were first used.
package struct Traffic: Hashable, Sendable {
    package var messagesIn: UInt64 = 0
    package var bytesIn: UInt64 = 0
    package var bytesOut: UInt64 = 0
    package var produceRequests: UInt64 = 0
    /// Through this broker's fault, not the producer's.
    package var failedProduceRequests: UInt64 = 0
    /// Records that stand where the topic's partitioner would not put them; counted where the topic wants it.
    package var misplacedRecords: UInt64 = 0
    package var fetchRequests: UInt64 = 0
    /// Through this broker's fault, not the consumer's.
    package var failedFetchRequests: UInt64 = 0

    package init() {}

    package static func += (left: inout Traffic, right: Traffic) {
        left.messagesIn &+= right.messagesIn
        left.bytesIn &+= right.bytesIn
        left.bytesOut &+= right.bytesOut
        left.produceRequests &+= right.produceRequests
        left.failedProduceRequests &+= right.failedProduceRequests
        left.misplacedRecords &+= right.misplacedRecords
        left.fetchRequests &+= right.fetchRequests
        left.failedFetchRequests &+= right.failedFetchRequests
    }
}
