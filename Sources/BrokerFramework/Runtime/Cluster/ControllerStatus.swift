internal import Synchronization

/// How a controller stands, told by its thread to all others.
package final class ControllerStatus: Sendable {
    package enum Standing: UInt8, Sendable {
        /// Another node decides, or none.
        case inactive
        case active
        /// The metadata log cannot be written or read; nothing is decided any more.
        case failed
        case stopped
    }

    private let value = Atomic<UInt8>(Standing.inactive.rawValue)

    package init() {}

    package var standing: Standing { Standing(rawValue: value.load(ordering: .relaxed)) ?? .inactive }

    /// A failure stays until the end.
    func set(_ standing: Standing) {
        if standing != .stopped, self.standing == .failed { return }
        value.store(standing.rawValue, ordering: .relaxed)
    }
}
