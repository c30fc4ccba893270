package import BrokerPluginAPI
package import BrokerWire

/// Serves one API: one type per API, named as Kafka names it.
///
/// The dispatcher decodes the request, asks the authorizer about `actions(for:)` in one call, and then calls
/// `handle(_:_:)` on the connection's event loop. A handler must not block there; it answers through the call, at once
/// or later and from any thread.
package protocol APIHandler: Sendable {
    associatedtype Request: WireRequest

    /// The versions that are advertised. All of them are served.
    static var versions: ClosedRange<Int16> { get }

    /// Everything the request wants to do. The handler reads the answers from `Call.rights`.
    func actions(for request: Request) -> [AuthorizableAction]

    func handle(_ request: Request, _ call: Call<Request>)
}

extension APIHandler {
    package static var versions: ClosedRange<Int16> {
        Request.apiKey.firstVersion...Request.apiKey.lastStableVersion
    }

    package func actions(for request: Request) -> [AuthorizableAction] { [] }
}
