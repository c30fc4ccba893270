public import ArgumentParser
internal import BrokerClient
internal import BrokerMetadata
internal import BrokerRuntime

/// `broker doctor`: looks for what is wrong before it hurts.
public struct DoctorCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Find what is wrong with a broker, its configuration or its machine.",
        discussion: """
            Looks at the configuration, the log directory, the machine's limits, the clock, the listeners and, if a \
            broker is running, what it tells its clients. Nothing is changed or locked; the broker may run or not. \
            Give it the same file and flags as 'broker start'; those about logs and formatting make no difference, and \
            with --ephemeral no directory is looked at. BROKER_BOOTSTRAP names the running broker where neither a file \
            nor --port, --http or --bootstrap-server does.

            Each check is ok, warn or fail, with what to do. The exit code is 1 if any check fails.

            EXAMPLES
              broker doctor
              broker doctor server.properties
              broker doctor --data /var/lib/broker --bootstrap-server broker1:9092
              broker doctor --output json | jq 'select(.verdict != "ok")'
            """)

    @Argument(help: "A file in Kafka's server.properties format.", completion: .file(extensions: ["properties"]))
    var properties: String?

    @Option(help: "The directory of the data; Kafka's log.dirs.", completion: .directory)
    var data: String?

    @Option(help: "The port to listen on.")
    var port: Int?

    @Option(
        help: ArgumentHelp(
            "Where /metrics and /readyz are served, or 'off'; http.listener.", valueName: "host:port"))
    var http: String?

    @Option(name: .customLong("override"), help: "Set a config, as key=value. May be repeated.")
    var overrides: [String] = []

    @Flag(help: "The broker keeps everything in memory: look at no directory.")
    var ephemeral = false

    @Flag(help: .hidden)
    var noFormat = false

    @Option(help: .hidden)
    var logFormat = LogFormat.text

    @Option(help: .hidden)
    var logLevel = "info"

    @Option(
        name: [.customShort("b"), .customLong("bootstrap-server")],
        help: ArgumentHelp(
            "Where a broker must be running. Not given, the configured listeners are tried.", valueName: "host:port"))
    var bootstrapServer: String?

    @Option(help: ArgumentHelp("How long to wait for a broker's answer.", valueName: "seconds"))
    var timeout: Double = 5

    @Option(help: "How to answer: text or json.")
    var output: OutputFormat = .text

    public init() {}

    /// The option, else the environment, unless the arguments say by themselves where the broker is.
    static func server(option: String?, environment: String?, isPlaced: Bool) -> String? {
        option ?? (isPlaced || environment?.isEmpty == true ? nil : environment)
    }

    private var server: String? {
        Self.server(
            option: bootstrapServer, environment: Terminal.variable("BROKER_BOOTSTRAP"),
            isPlaced: properties != nil || port != nil || http != nil)
    }

    public mutating func validate() throws {
        if let port, !(0...65535).contains(port) { throw ValidationError("--port must be from 0 to 65535.") }
        guard timeout > 0, timeout < 1e6 else { throw ValidationError("--timeout must be more than 0 seconds.") }
    }

    public func run() async throws {
        let findings = try await findings()
        var out = Output()
        switch output {
        case .json: for finding in findings { out.line("\(finding.json)") }
        case .text:
            for finding in findings {
                out.line("\(finding.verdict.rawValue.padded(to: 4))  \(finding.summary)")
                if let advice = finding.advice { out.line("      → \(advice)") }
            }
            let (failed, warned) = (findings.count { $0.verdict == .fail }, findings.count { $0.verdict == .warn })
            out.line("\(findings.count) checks: \(failed) failed, \(warned) to look at.")
        }
        out.flush()
        if findings.contains(where: { $0.verdict == .fail }) { throw ExitCode.failure }
    }

    private func findings() async throws -> [Finding] {
        let joined = JoinedConfig(
            try ServerConfiguration.layers(file: properties, data: data, port: port, http: http, overrides: overrides),
            schema: AdminPlugins.schemas.broker)
        let values = joined.values
        let config = try BrokerConfig(layers: [ConfigurationChecks.usable(values)], plugins: AdminPlugins.current)
        var findings = [
            Finding.ok(
                "version", "broker \(BrokerRelease.version), with the protocol of Kafka \(BrokerRelease.kafkaVersion).")
        ]
        findings += ConfigurationChecks.findings(joined, config)
        let directories = ephemeral ? [] : config.logDirectories.map(DirectoryFacts.gather)
        findings += directories.flatMap { DirectoryChecks.findings($0, nodeID: config.nodeID) }
        findings += MachineChecks.findings(.gather())
        return findings + (try await networkFindings(config, directories))
    }

    private func networkFindings(_ config: BrokerConfig, _ directories: [DirectoryFacts]) async throws -> [Finding] {
        let advertised = config.list("advertised.listeners").compactMap { Listener($0) }
        var findings: [Finding] = []
        var probes: [(address: BrokerAddress, listener: Listener?, configured: BrokerAddress?)] = []
        let server = server
        if let server {
            do throws(ClientError) {
                probes = try BrokerAddress.list(server).map { ($0, nil, nil) }
            } catch { throw ValidationError("\(error)") }
        } else {
            let controllers = Set(config.list("controller.listener.names").map { $0.uppercased() })
            for listener in config.list("listeners").compactMap({ Listener($0) })
            where !controllers.contains(listener.name) && listener.port != 0 {
                let told = advertised.first { $0.name == listener.name }
                if let told {
                    findings += NetworkChecks.findings(advertised: told.host, listenerHost: listener.host)
                }
                let anyAddress = ["", "0.0.0.0", "::"].contains(listener.host)
                probes.append(
                    (
                        BrokerAddress(host: anyAddress ? "localhost" : listener.host, port: listener.port), listener,
                        told.map { BrokerAddress(host: $0.host, port: $0.port) }
                    ))
            }
        }
        let clusterID = directories.first?.meta?.clusterID
        let process = directories.compactMap(\.lockedBy).first
        var answers = false
        for probe in probes {
            let facts = await ListenerFacts.gather(
                probe.address, listener: probe.listener, configured: probe.configured, nodeID: config.nodeID,
                seconds: timeout)
            if case .broker = facts.answer { answers = true }
            findings += NetworkChecks.findings(
                facts, isWanted: server != nil || process != nil, clusterID: server == nil ? clusterID : nil,
                process: server == nil ? process : nil)
        }
        if answers || process != nil { findings += healthFindings(config, clusterID) }
        return findings
    }

    private func healthFindings(_ config: BrokerConfig, _ clusterID: String?) -> [Finding] {
        guard server == nil, let address = try? HTTPListenerPlan(config).addresses.first, address.port != 0,
            let metrics = HTTPProbe.get(host: address.host, port: address.port, path: "/metrics"),
            let readiness = HTTPProbe.get(host: address.host, port: address.port, path: "/readyz?verbose")
        else { return [] }
        return HealthChecks.findings(
            at: "\(address)", metrics: metrics.body, readiness: readiness, clusterID: clusterID)
    }
}

extension String {
    fileprivate func padded(to count: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, count - self.count))
    }
}
