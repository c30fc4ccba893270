internal import NIOCore
internal import BrokerWorld

/// Why a socket could not be opened.
package enum ListenFailure {
    /// The reason in the system's words, without the call that met it; anything but an error of the system as it is.
    package static func reason(_ error: any Error) -> String {
        (error as? IOError).map { SystemError.words($0.errnoCode) } ?? "\(error)"
    }
}
