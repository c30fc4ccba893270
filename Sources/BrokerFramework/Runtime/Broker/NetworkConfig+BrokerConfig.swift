import BrokerMetadata
import BrokerNetwork
import BrokerPluginAPI
import BrokerWorld

extension NetworkConfig {
    init(_ config: BrokerConfig) {
        let idle = config.long("connections.max.idle.ms")
        let inFlight = config.long("queued.max.request.bytes")
        func size(_ key: String) -> Int? {
            let value = config.int(key)
            return value < 0 ? nil : value
        }
        self.init(
            limits: ConnectionLimits(
                maximumFrameByteCount: config.int("socket.request.max.bytes"),
                maximumUnansweredRequests: config.int("queued.max.requests"),
                idleMilliseconds: idle < 0 ? nil : idle),
            maximumConnections: ConnectionMaximum(config),
            maximumInFlightByteCount: inFlight < 0 ? Machine.memoryByteCount / 4 : Int(inFlight),
            backlog: config.int("socket.listen.backlog.size"),
            sendBufferByteCount: config.values["socket.send.buffer.bytes"] == nil
                ? nil : size("socket.send.buffer.bytes"),
            receiveBufferByteCount: config.values["socket.receive.buffer.bytes"] == nil
                ? nil : size("socket.receive.buffer.bytes"))
    }
}

extension ConnectionMaximum {
    init(_ config: BrokerConfig) {
        let overrides = config.list("max.connections.per.ip.overrides").compactMap(ConfigDefinition.count)
        let byHost = Dictionary(overrides.map { ($0.name, $0.count) }) { $1 }
        self.init(
            total: config.int("max.connections"), perHost: config.int("max.connections.per.ip"), byHost: byHost)
    }
}
