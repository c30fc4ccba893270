package import NIOCore

/// A member of a classic group.
package struct ClassicMember: Sendable, Equatable {
    /// A way of assigning that the member knows, and what it tells whoever assigns in that way.
    package struct Support: Sendable, Equatable {
        package var name: String
        package var metadata: ByteBuffer

        /// Keeps a copy: a slice of a request would keep all of the request.
        init(name: String, metadata: ByteBuffer) {
            self.name = name
            self.metadata = metadata.detached
        }
    }

    let id: String
    let instanceID: String?
    var client: GroupClient
    var rebalanceTimeout: Int32
    var sessionTimeout: Int32
    /// In the member's order of preference.
    var protocols: [Support]
    var assignment = ByteBuffer()
    /// Has not been told its id yet, and so cannot send heartbeats.
    var isNew = false
    /// The JoinGroup that waits for the end of the rebalance.
    var join: ParkedJoin?
    /// The SyncGroup that waits for the leader's assignment.
    var sync: CallToken?

    struct ParkedJoin: Sendable, Equatable {
        var call: CallToken
        var version: Int16
    }

    var isAwaited: Bool { join != nil || sync != nil }

    func metadata(for name: String?) -> ByteBuffer {
        protocols.first { $0.name == name }?.metadata ?? ByteBuffer()
    }

    /// The first of the member's protocols that is among `candidates`.
    func vote(among candidates: Set<String>) -> String? { protocols.first { candidates.contains($0.name) }?.name }

    var metadataByteCount: Int { protocols.reduce(0) { $0 + $1.metadata.readableBytes } }
}

extension ByteBuffer {
    /// The bytes in storage of their own.
    var detached: ByteBuffer {
        readableBytes == 0 ? ByteBuffer() : ByteBuffer(bytes: readableBytesView)
    }
}
