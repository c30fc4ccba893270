package import BrokerWire

/// Stands between the dispatcher and the handlers, and sees every request that could be read.
///
/// A broker without one pays a single comparison per request.
package protocol RequestInterceptor: Sendable {
    /// Called on the connection's event loop, in place of the handler. Must not block.
    ///
    /// Either ends `call`, or calls `proceed` once: with the request or another one, and with the call or a diverted
    /// one.
    func intercept<Request: WireRequest>(
        _ request: Request, _ call: Call<Request>, proceed: @escaping @Sendable (Request, Call<Request>) -> Void)
}
