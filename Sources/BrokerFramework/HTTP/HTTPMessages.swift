package import NIOCore

/// A request without a body, as all requests served here are.
package struct HTTPRequest: Sendable {
    /// Without the query, as it was sent.
    package var path: String
    /// The parameters behind the `?`, undecoded; one without `=` has an empty value.
    package var query: [String: String]
    /// What the client would take, as the header Accept says.
    package var accepts: [String]

    package init(target: String, accepts: [String] = []) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first.map(String.init) ?? ""
        query = [:]
        for pair in parts.dropFirst().first?.split(separator: "&") ?? [] {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(halves[0])] = halves.count > 1 ? String(halves[1]) : ""
        }
        self.accepts = accepts
    }
}

/// A whole answer.
package struct HTTPResponse: Sendable {
    package enum Status: Int, Sendable {
        case ok = 200
        case notFound = 404
        case methodNotAllowed = 405
        case contentTooLarge = 413
        case internalServerError = 500
        case serviceUnavailable = 503
    }

    package var status: Status
    package var contentType: String
    package var body: ByteBuffer

    package init(status: Status = .ok, contentType: String, body: ByteBuffer) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    package static func text(_ text: String, status: Status = .ok) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "text/plain; charset=utf-8", body: ByteBuffer(string: text))
    }

    package static func json(_ text: String, status: Status = .ok) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", body: ByteBuffer(string: text + "\n"))
    }
}
