package import BrokerConsensus
package import BrokerModel

/// How the metadata quorum stands, as this node knows it.
package struct QuorumStatus: Sendable {
    package var description: QuorumDescription
    /// The voters and where they are found.
    package var voters: VoterSet
    /// When it was asked, on both clocks.
    package var monotonicMilliseconds: Int64
    package var wallMilliseconds: Timestamp

    /// A time of the description in milliseconds since 1970; −1 for never.
    package func wallTime(_ monotonic: Int64?) -> Timestamp {
        monotonic.map { wallMilliseconds - (monotonicMilliseconds - $0) } ?? -1
    }
}
