internal import BrokerModel
internal import BrokerPluginAPI

/// A broker's replica placer; where it fails, it gives up on the request, and the replicas are striped.
struct ContainedReplicaPlacer: ReplicaPlacer {
    let placer: any ReplicaPlacer
    let use: PluginUse

    func place(_ request: PlacementRequest) throws(PluginError) -> [[NodeID]] {
        switch use.call(fault: \.fault, { () throws(PluginError) in try placer.place(request) }) {
        case .answer(let replicas):
            if let problem = request.problem(with: replicas) { use.misbehaved("it \(problem)") }
            return replicas
        case .failure(let error): throw error
        case .off: throw .fallBack("It failed before, and is left alone for a while.")
        }
    }
}

extension PluginError {
    /// What the error says against a plug-in; nil where refusing is its work.
    var fault: String? { remedy == .fallBack ? message : nil }
}
