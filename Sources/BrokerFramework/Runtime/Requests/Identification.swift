package import BrokerPluginAPI
package import BrokerWorld
package import Logging

/// Says who connections are from: asks the principal builder, at its one place, and turns away whom it has no sound answer
/// for.
package struct Identification: Sendable {
    private let builder: (any PrincipalBuilder)?
    private let use: PluginUse
    private let complaints: RateLimit
    private let logger: Logger

    /// - Parameter builder: nil for `User:ANONYMOUS`.
    package init(_ builder: (any PrincipalBuilder)?, use: PluginUse, world: World, logger: Logger) {
        self.builder = builder
        self.use = use
        self.logger = logger
        complaints = RateLimit(perSecond: 10) { world.monotonicMilliseconds }
    }

    /// The principal of a connection; nil to close it.
    package func principal(for connection: AuthenticationContext) -> String? {
        guard let builder else { return PrincipalName.anonymous }
        let outcome = use.call(fault: \.fault, flaw: PrincipalName.problem) { () throws(PluginError) in
            try builder.principal(for: connection)
        }
        switch outcome {
        case .answer(let principal): return principal
        case .badAnswer(let flaw): complain("the principal builder's answer \(flaw)", connection)
        case .failure(let error): complain(error.message, connection)
        case .off: complain("the principal builder failed before, and is left alone for a while", connection)
        }
        return nil
    }

    private func complain(_ what: String, _ connection: AuthenticationContext) {
        guard let suppressed = complaints.admit() else { return }
        var metadata: Logger.Metadata = ["client": "\(connection.host)", "listener": "\(connection.listener)"]
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        logger.warning("a connection gets no principal and is closed: \(what)", metadata: metadata)
    }
}
