internal import BrokerModel
internal import BrokerPluginAPI

/// A broker's replica placer; where it fails, it gives up on the request, and the replicas are striped.
struct ContainedReplicaPlacer: ReplicaPlacer {
    let placer: any ReplicaPlacer
    let use: PluginUse

    func place(_ request: PlacementRequest) throws(PluginError) -> [[NodeID]] {
        let outcome = use.call(fault: \.fault, flaw: request.problem) { () throws(PluginError) in
            try placer.place(request)
        }
        switch outcome {
        case .answer(let replicas): return replicas
        case .badAnswer(let flaw): throw .fallBack("It \(flaw).")
        case .failure(let error): throw error
        case .off: throw .fallBack("It failed before, and is left alone for a while.")
        }
    }
}

extension PluginError {
    /// What the error says against a plug-in; nil where refusing is its work.
    var fault: String? { remedy == .fallBack ? message : nil }
}
