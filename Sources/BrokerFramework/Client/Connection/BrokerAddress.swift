/// Where a broker listens.
public struct BrokerAddress: Hashable, Sendable, CustomStringConvertible {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host`, `host:port`, `[ipv6]` or `[ipv6]:port`; a listener's name in front (`PLAINTEXT://`) is ignored.
    /// The port is 9092 if left out.
    public init(_ text: some StringProtocol) throws(ClientError) {
        var rest = Substring(text)
        if let name = rest.firstRange(of: "://") { rest = rest[name.upperBound...] }
        var port: Substring?
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { throw Self.malformed(text) }
            let after = rest[rest.index(after: end)...]
            rest = rest[rest.index(after: rest.startIndex)..<end]
            if !after.isEmpty {
                guard after.first == ":" else { throw Self.malformed(text) }
                port = after.dropFirst()
            }
        } else if let colon = rest.lastIndex(of: ":") {
            // More than one colon without brackets is an IPv6 address without a port.
            if rest.firstIndex(of: ":") == colon {
                port = rest[rest.index(after: colon)...]
                rest = rest[..<colon]
            }
        }
        guard !rest.isEmpty else { throw Self.malformed(text) }
        guard let port else {
            self.init(host: String(rest), port: 9092)
            return
        }
        guard let number = UInt16(port), number > 0 else { throw Self.malformed(text) }
        self.init(host: String(rest), port: Int(number))
    }

    /// Reads addresses separated by commas; at least one.
    public static func list(_ text: String) throws(ClientError) -> [BrokerAddress] {
        var addresses: [BrokerAddress] = []
        for item in text.split(separator: ",") {
            let trimmed = item.filter { !$0.isWhitespace }
            if !trimmed.isEmpty { addresses.append(try BrokerAddress(trimmed)) }
        }
        guard !addresses.isEmpty else { throw ClientError(.invalidArgument, "no bootstrap server is given") }
        return addresses
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func malformed(_ text: some StringProtocol) -> ClientError {
        ClientError(
            .invalidArgument, "'\(text)' is not an address of a broker; write host:port, localhost:9092 for example")
    }
}

extension Substring {
    fileprivate func firstRange(of separator: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(separator) { return start..<index(start, offsetBy: separator.count) }
            start = index(after: start)
        }
        return nil
    }
}
