package import BrokerPluginAPI

/// What the authorizer said to a request's actions.
///
/// What it was not asked is denied: between the question and the answer a topic or group may have appeared of which
/// nothing is known.
package struct Rights: Sendable {
    /// Nil if everything is allowed, whatever it is.
    private let allowed: Set<AuthorizableAction>?

    /// Of an authorizer that denies nothing, and so need not be asked.
    package static let everything = Rights(allowed: nil)

    private init(allowed: Set<AuthorizableAction>?) { self.allowed = allowed }

    package init(_ actions: [AuthorizableAction], _ results: [AuthorizationResult]) {
        var allowed = Set(zip(actions, results).compactMap { $1 == .allowed ? $0 : nil })
        for (index, action) in actions.enumerated() where index >= results.count || results[index] != .allowed {
            allowed.remove(action)
        }
        self.init(allowed: allowed)
    }

    /// Whether an action is allowed, which it is only if it was among the request's actions.
    package func allows(_ action: AuthorizableAction) -> Bool { allowed?.contains(action) ?? true }
}
