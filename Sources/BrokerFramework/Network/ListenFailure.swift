package import NIOCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Why a socket could not be opened to listen, in words for whoever configured it.
package struct ListenFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The listener's name.
    package let listener: String
    /// Empty for every address.
    package let host: String
    package let port: Int
    /// The system's error.
    package let code: CInt

    package init(listener: String, host: String, port: Int, _ error: IOError) {
        self.listener = listener
        self.host = host
        self.port = port
        code = error.errnoCode
    }

    package var description: String {
        let place = host.isEmpty ? "port \(port)" : host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let advice =
            switch code {
            case EADDRINUSE: "another process listens there. See which with 'ss -ltnp', or choose another port."
            case EACCES: "ports below 1024 need the right to open them. Choose a higher one."
            case EADDRNOTAVAIL: "this machine has no such address. Choose one of its own, or leave the host empty."
            default: (strerror(code).map { String(cString: $0) } ?? "error \(code)") + "."
            }
        return "Listener \(listener) cannot listen on \(place): \(advice)"
    }
}
