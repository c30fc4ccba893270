internal import BrokerMetadata
internal import BrokerPluginAPI

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Joins a broker's configuration from file, environment and command line.
struct ServerConfiguration {
    let config: BrokerConfig

    /// - Parameter isEphemeral: whether everything is kept in memory, whatever the sources say.
    init(
        file: String?, data: String?, port: Int?, http: String? = nil, overrides: [String], isEphemeral: Bool = false
    ) throws {
        var layers = try Self.layers(file: file, data: data, port: port, http: http, overrides: overrides)
        // So that topics and admin clients are told the truth.
        if isEphemeral, AdminPlugins.current[.storage, "memory"] != nil { layers.append(["storage": "memory"]) }
        config = try BrokerConfig(layers: layers, plugins: AdminPlugins.current)
    }

    /// The sources, the later ones over the earlier ones; not judged.
    static func layers(
        file: String?, data: String?, port: Int?, http: String?, overrides: [String]
    ) throws -> [[String: String]] {
        var layers: [[String: String]] = []
        if let file {
            do throws(UnreadableFile) { layers.append(Properties.parse(try TextFile.text(file))) } catch {
                throw CommandFailure(
                    "Cannot read \(file): \(error). Is the path right, and may this user read it?", kind: .inputOutput)
            }
        }
        layers.append(environment())
        layers.append(try parse(overrides))
        var flags: [String: String] = [:]
        if let http { flags["http.listener"] = http }
        if let data { flags["log.dirs"] = data }
        if let port {
            let joined = layers.reduce(into: [:]) { $0.merge($1) { _, new in new } }
            flags["listeners"] = listeners(joined["listeners"], with: port)
        }
        layers.append(flags)
        return layers
    }

    private static func parse(_ overrides: [String]) throws -> [String: String] {
        var values: [String: String] = [:]
        for override in overrides {
            guard let mark = override.firstIndex(of: "=") else {
                throw CommandFailure("--override takes key=value, not '\(override)'.", kind: .usage)
            }
            values[String(override[..<mark])] = String(override[override.index(after: mark)...])
        }
        return values
    }

    /// The configured listeners, the first of them on another port.
    private static func listeners(_ configured: String?, with port: Int) -> String {
        var listeners = (configured ?? "PLAINTEXT://:9092").split(separator: ",").compactMap { Listener(String($0)) }
        if listeners.isEmpty { listeners = [Listener(name: "PLAINTEXT", host: "", port: port)] }
        listeners[0].port = port
        return listeners.map(\.description).joined(separator: ",")
    }

    /// `KAFKA_LOG_RETENTION_MS` stands for `log.retention.ms`, as in Kafka's container images: `_` for a dot, `__` for
    /// an underscore, `___` for a hyphen.
    private static func environment() -> [String: String] {
        let prefix = "KAFKA_"
        // What the scripts around Kafka use is no broker config.
        let foreign: Set<String> = [
            "KAFKA_HOME", "KAFKA_OPTS", "KAFKA_HEAP_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_LOG4J_OPTS",
            "KAFKA_JMX_OPTS", "KAFKA_GC_LOG_OPTS", "KAFKA_DEBUG", "KAFKA_VERSION",
        ]
        var values: [String: String] = [:]
        var cursor = environ
        while let entry = cursor.pointee {
            let text = String(cString: entry)
            cursor += 1
            guard text.hasPrefix(prefix), let mark = text.firstIndex(of: "=") else { continue }
            let name = String(text[..<mark])
            guard !foreign.contains(name) else { continue }
            values[key(name.dropFirst(prefix.count))] = String(text[text.index(after: mark)...])
        }
        return values
    }

    private static func key(_ name: Substring) -> String {
        var key = ""
        var underscores = 0
        for character in name.lowercased() + "." {
            if character == "_" {
                underscores += 1
                continue
            }
            key += underscores == 0 ? "" : underscores == 1 ? "." : underscores == 2 ? "_" : "-"
            underscores = 0
            key.append(character)
        }
        return String(key.dropLast())
    }
}
