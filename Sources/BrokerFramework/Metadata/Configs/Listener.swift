/// An address to listen on or to tell clients, as `NAME://host:port`.
public struct Listener: Hashable, Sendable, CustomStringConvertible {
    public var name: String
    /// Empty for every address of the machine.
    public var host: String
    public var port: Int

    public init(name: String, host: String, port: Int) {
        self.name = name
        self.host = host
        self.port = port
    }

    /// Reads `NAME://host:port`; an IPv6 host stands in brackets. Nil for anything else.
    public init?(_ text: String) {
        guard let mark = text.firstRange(of: "://"), let colon = text.lastIndex(of: ":"), colon >= mark.upperBound,
            let port = Int(text[text.index(after: colon)...]), (0...65535).contains(port)
        else { return nil }
        name = String(text[..<mark.lowerBound]).uppercased()
        var host = text[mark.upperBound..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !name.isEmpty else { return nil }
        self.host = String(host)
        self.port = port
    }

    public var description: String { host.contains(":") ? "\(name)://[\(host)]:\(port)" : "\(name)://\(host):\(port)" }
}
