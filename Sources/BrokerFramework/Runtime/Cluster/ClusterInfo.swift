package import BrokerModel

/// Who this process is.
package struct ClusterInfo: Hashable, Sendable {
    package var clusterID: String
    package var nodeID: NodeID

    package init(clusterID: String, nodeID: NodeID) {
        self.clusterID = clusterID
        self.nodeID = nodeID
    }
}
