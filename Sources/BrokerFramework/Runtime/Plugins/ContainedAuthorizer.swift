internal import BrokerPluginAPI

/// A broker's authorizer; where it fails, everything is denied.
struct ContainedAuthorizer: Authorizer {
    let authorizer: any Authorizer
    let use: PluginUse

    var allowsEverything: Bool { !use.monitor.isQuarantined && authorizer.allowsEverything }

    func authorize(_ actions: [AuthorizableAction], for context: RequestContext) -> [AuthorizationResult] {
        let outcome = use.call(flaw: { results in
            results.count == actions.count ? nil : "gave \(results.count) answers to \(actions.count) questions"
        }) { () throws(PluginError) in try authorizer.authorize(actions, for: context) }
        guard case .answer(let results) = outcome else { return actions.map { _ in .denied } }
        return results
    }
}
