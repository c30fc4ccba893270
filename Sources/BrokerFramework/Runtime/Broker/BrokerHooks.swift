package import BrokerWire
package import BrokerWorld

/// What can be handed to a broker beside its configuration and plug-ins, by those who embed it. All of it is optional.
package struct BrokerHooks: Sendable {
    /// What waits for the time of the broker's world; nil for the system's timers, if its time is the system's.
    package var timers: Timers?
    /// Made once the metadata is loaded, before the first request, with the timers of the broker.
    package var interceptor: (@Sendable (MetadataView, Timers) -> any RequestInterceptor)?
    /// The versions of an API to advertise and serve, out of those there are; nil for none.
    package var versions: @Sendable (APIKey, ClosedRange<Int16>) -> ClosedRange<Int16>? = { $1 }

    package init() {}
}
