package import BrokerPluginAPI

/// What the authorizer said to a request's actions.
package struct Rights: Sendable {
    /// Nil if everything is allowed, which is the rule and costs nothing.
    private let denied: Set<AuthorizableAction>?

    package init(_ actions: [AuthorizableAction], _ results: [AuthorizationResult]) {
        var denied: Set<AuthorizableAction> = []
        for (index, action) in actions.enumerated() where index >= results.count || results[index] != .allowed {
            denied.insert(action)
        }
        self.denied = denied.isEmpty ? nil : denied
    }

    /// Whether an action that was among the request's actions is allowed.
    package func allows(_ action: AuthorizableAction) -> Bool {
        guard let denied else { return true }
        return !denied.contains(action)
    }
}
