package import BrokerMetadata
internal import BrokerModel
internal import Synchronization

/// The configuration that holds on this broker now: what it was started with, and what was changed since (KIP-226).
///
/// A publisher: it follows the cluster's metadata. Safe on any thread.
package final class LiveBrokerConfig: Sendable {
    package typealias Observer = @Sendable (BrokerConfig) -> Void

    /// What the broker was started with.
    package let file: BrokerConfig

    private struct State {
        var current: BrokerConfig
        var observers: [Observer] = []
    }

    private let state: Mutex<State>
    /// Held while observers are told: an older configuration must not come last.
    private let telling = Mutex(())

    package init(_ file: BrokerConfig) {
        self.file = file
        state = Mutex(State(current: file))
    }

    package var current: BrokerConfig { state.withLock { $0.current } }

    /// Calls `observer` with the configuration that holds now, and after each change. It must not block.
    package func onChange(_ observer: @escaping Observer) {
        telling.withLock { _ in
            let current = state.withLock { state in
                state.observers.append(observer)
                return state.current
            }
            observer(current)
        }
    }

    /// Follows the metadata: changes for this broker and for all of them.
    package func metadataChanged(_ delta: MetadataDelta, _ image: MetadataImage) {
        let own = ConfigResource(.broker, String(file.nodeID))
        let all = ConfigResource(.broker, "")
        guard delta.configsChanged.contains(own) || delta.configsChanged.contains(all) else { return }
        telling.withLock { _ in
            let next = file.changed(by: image)
            let observers = state.withLock { state in
                state.current = next
                return state.observers
            }
            for observer in observers { observer(next) }
        }
    }
}
