internal import BrokerClient
internal import BrokerPluginAPI
internal import BrokerPrimitives

/// Errors about groups in words that name the group, and the one that was probably meant.
struct GroupErrors {
    let admin: AdminClient
    /// As the user gave them.
    let servers: String

    /// - Parameter topic: the one the request was about, if it was about one.
    func failure(_ error: ClientError, of group: String, topic: String? = nil) async -> CommandFailure {
        var failure = CommandFailure(error, servers: servers)
        switch error.server {
        case .groupIdNotFound?:
            failure.message = "There is no group '\(group)'."
            if let near = await near(group) {
                failure.advice = "Did you mean '\(near)'? " + (failure.advice ?? "")
            }
        case .nonEmptyGroup?: failure.message = "Group '\(group)' has members."
        case .groupSubscribedToTopic?:
            failure.message =
                "Members of group '\(group)' subscribe to \(topic.map { "topic '\($0)'" } ?? "the topic")."
        default: break
        }
        return failure
    }

    /// The group whose name is like this one; nil if there is none.
    func near(_ group: String) async -> String? {
        guard let known = try? await admin.listGroups().map(\.id) else { return nil }
        return EditDistance.nearest(to: group, among: known.filter { $0 != group })
    }
}
