import ArgumentParser
import BrokerClient
import BrokerMetadata
import Testing

@testable import BrokerAdmin

struct DoctorTests {
    private func judged(_ values: [String: String]) throws -> [Finding] {
        let config = try BrokerConfig(layers: [ConfigurationChecks.usable(values)])
        return ConfigurationChecks.findings(JoinedConfig([values], schema: .broker), config)
    }

    private func verdicts(_ findings: [Finding]) -> [String] { findings.map { "\($0.check) \($0.verdict)" } }

    @Test func `a plain configuration has nothing to look at`() throws {
        #expect(verdicts(try judged(["log.dirs": "/var/lib/broker"])) == ["config ok"])
    }

    @Test func `every wrong value and every unknown key is found, with what was meant`() throws {
        let findings = try judged([
            "log.dirs": "/d", "num.partitions": "many", "node.id": "-1", "log.retension.ms": "1",
        ])
        #expect(verdicts(findings) == ["config.unknown warn", "config.value fail", "config.value fail"])
        #expect(findings[0].summary.contains("log.retention.ms"))
    }

    @Test(arguments: [
        ["message.max.bytes": "200000000"], ["log.retention.ms": "-1"], ["log.retention.bytes": "1000"],
        ["min.insync.replicas": "2"],
        ["log.flush.interval.messages": "1"],
    ])
    func `values that are seldom meant are pointed out`(values: [String: String]) throws {
        let findings = try judged(values.merging(["log.dirs": "/d"]) { own, _ in own })
        #expect(verdicts(findings) == ["config ok", "config.risk warn"])
    }

    @Test func `a key of Kafka's without effect here is pointed out`() throws {
        let findings = try judged(["log.dirs": "/d", "metric.reporters": "com.example.Reporter"])
        #expect(verdicts(findings) == ["config.inert warn"])
    }

    // MARK: Directories

    private var sound: DirectoryFacts {
        var facts = DirectoryFacts(path: "/d")
        facts.kind = .directory
        facts.isWritable = true
        facts.usableByteCount = 50 << 30
        facts.totalByteCount = 100 << 30
        facts.freeFileCount = 1 << 20
        facts.isEmpty = false
        facts.meta = .init(clusterID: "c", nodeID: 1)
        facts.isClean = true
        return facts
    }

    private func judged(_ change: (inout DirectoryFacts) -> Void) -> [String] {
        var facts = sound
        change(&facts)
        return verdicts(DirectoryChecks.findings(facts, nodeID: 1).filter { $0.verdict != .ok })
    }

    @Test func `a sound directory has nothing to look at, in use or not, made or not`() {
        #expect(judged { _ in } == [])
        #expect(judged { $0.lockedBy = 7 } == [])
        #expect(judged { ($0.isEmpty, $0.meta) = (true, nil) } == [])
        #expect(judged { ($0.kind, $0.meta) = (.missing, nil) } == [])
    }

    @Test func `what is wrong with a directory is found`() {
        #expect(judged { $0.kind = .other } == ["directory fail"])
        #expect(judged { $0.isWritable = false } == ["directory fail"])
        #expect(judged { $0.meta = nil } == ["directory fail"])
        #expect(judged { $0.meta?.nodeID = 2 } == ["directory fail"])
        #expect(judged { $0.isClean = false } == ["directory warn"])
        #expect(judged { $0.usableByteCount = 1 << 20 } == ["directory.space fail"])
        #expect(judged { $0.usableByteCount = 3 << 30 } == ["directory.space warn"])
        #expect(judged { $0.freeFileCount = 9 } == ["directory.inodes warn"])
        #expect(judged { $0.fileSystem = "nfs" } == ["directory.filesystem warn"])
        #expect(judged { $0.fileSystem = "ext4" } == [])
    }

    @Test func `the file system is that of the deepest mount above a path`() {
        let mounts = """
            overlay / overlay rw 0 0
            /dev/sda1 /data ext4 rw 0 0
            server:/x /data/far nfs4 rw 0 0
            malformed
            """
        func type(_ path: String) -> String? { DirectoryFacts.fileSystem(of: path, mounts: mounts) }
        #expect(type("/data") == "ext4" && type("/data/near") == "ext4" && type("/data/far/a") == "nfs4")
        #expect(type("/database") == "overlay")
        #expect(DirectoryFacts.fileSystem(of: "/", mounts: "") == nil)
    }

    // MARK: The machine

    private func judged(
        files: Int64 = 1 << 20, limit: Int64? = nil, clock: Int64 = 1_800_000_000_000
    ) -> [String] {
        let facts = MachineFacts(
            openFileLimit: files, memoryByteCount: 8 << 30, memoryLimitByteCount: limit,
            availableMemoryByteCount: 4 << 30, clock: clock, clockKeeper: nil)
        return verdicts(MachineChecks.findings(facts).filter { $0.verdict != .ok })
    }

    @Test func `limits and the clock are judged`() {
        #expect(judged() == [])
        #expect(judged(files: .max) == [])
        #expect(judged(files: 1024) == ["limits.files warn"])
        #expect(judged(files: 256) == ["limits.files fail"])
        #expect(judged(limit: 64 << 20) == ["limits.memory warn"])
        #expect(judged(clock: 0) == ["clock fail"])
    }

    // MARK: Listeners

    private func judged(
        _ answer: ListenerFacts.Answer, configured: BrokerAddress? = nil, isWanted: Bool = false,
        clusterID: String? = "c"
    ) -> [String] {
        let facts = ListenerFacts(
            address: .init(host: "localhost", port: 9092), configured: configured, answer: answer)
        return verdicts(NetworkChecks.findings(facts, isWanted: isWanted, clusterID: clusterID))
    }

    @Test func `a broker that has the directory and answers elsewhere is looked for elsewhere`() {
        let facts = ListenerFacts(address: .init(host: "localhost", port: 9092), configured: nil, answer: .free)
        let findings = NetworkChecks.findings(facts, isWanted: true, clusterID: "c", process: 7)
        #expect(verdicts(findings) == ["listener fail"])
        #expect(findings[0].summary.contains("process 7"))
        #expect(findings[0].advice?.contains("--port") == true)
        #expect(findings[0].advice?.contains("broker start") == false)
    }

    @Test func `the environment names the broker unless the arguments do`() {
        #expect(DoctorCommand.server(option: nil, environment: "e:1", isPlaced: false) == "e:1")
        #expect(DoctorCommand.server(option: "o:1", environment: "e:1", isPlaced: true) == "o:1")
        #expect(DoctorCommand.server(option: nil, environment: "e:1", isPlaced: true) == nil)
        #expect(DoctorCommand.server(option: nil, environment: "", isPlaced: false) == nil)
    }

    @Test func `the flags of start are taken`() async throws {
        let flags = ["--ephemeral", "--no-format", "--log-format", "json", "--log-level", "debug", "--http", "off"]
        let doctor = try await DoctorCommand.asyncParse(flags)
        #expect(doctor.ephemeral && doctor.http == "off")
    }

    @Test func `listeners are judged by who answers`() {
        let address = BrokerAddress(host: "a", port: 1)
        let told = ListenerFacts.Told(clusterID: "c", brokerCount: 1, advertised: address)
        #expect(judged(.free) == ["listener ok"])
        #expect(judged(.free, isWanted: true) == ["listener fail"])
        #expect(judged(.unusable("no")) == ["listener fail"])
        #expect(judged(.foreign("what")) == ["listener fail"])
        #expect(judged(.broker(told), configured: address) == ["listener ok", "advertised ok"])
        #expect(judged(.broker(told), clusterID: "other") == ["listener fail"])
        #expect(
            judged(.broker(told), configured: .init(host: "b", port: 1)) == ["listener ok", "advertised fail"])
        var unreachable = told
        unreachable.unreachable = "refused"
        #expect(judged(.broker(unreachable)) == ["listener ok", "advertised fail"])
        var absent = told
        absent.advertised = nil
        #expect(judged(.broker(absent)) == ["listener ok", "advertised fail"])
    }

    @Test func `advertised addresses that mean another machine are pointed out`() {
        #expect(verdicts(NetworkChecks.findings(advertised: "0.0.0.0", listenerHost: "")) == ["advertised fail"])
        #expect(verdicts(NetworkChecks.findings(advertised: "localhost", listenerHost: "")) == ["advertised warn"])
        #expect(NetworkChecks.findings(advertised: "localhost", listenerHost: "127.0.0.1").isEmpty)
        #expect(NetworkChecks.findings(advertised: "broker1", listenerHost: "").isEmpty)
    }

    // MARK: Health

    private let page =
        "# HELP x\nbroker_info{cluster_id=\"c\",node_id=\"1\"} 1\nbroker_build_info{version=\"0.0.9\"} 1\n"

    @Test func `what the broker says of itself is told, with its reasons`() {
        let ready = HTTPProbe.Answer(status: 200, body: "{}")
        let fine = HealthChecks.findings(at: "h:1", metrics: page, readiness: ready, clusterID: "c")
        #expect(verdicts(fine) == ["health ok", "version warn"])
        let body = #"{"checks":[{"name":"a","ok":false,"detail":"Broken."},{"name":"b","ok":true,"detail":"Fine."}]}"#
        let unready = HealthChecks.findings(
            at: "h:1", metrics: page, readiness: .init(status: 503, body: body), clusterID: nil)
        #expect(verdicts(unready) == ["health fail", "version warn"])
        #expect(unready[0].summary.contains("Broken;") || unready[0].summary.hasSuffix("Broken."))
        #expect(
            verdicts(HealthChecks.findings(at: "h:1", metrics: page, readiness: ready, clusterID: "z"))
                == ["health warn"])
    }

    @Test func `an answer in HTTP is taken apart, and anything else is none`() {
        #expect(HTTPProbe.parse("HTTP/1.1 503 Service\r\nA: b\r\n\r\nbody\r\n\r\n")?.status == 503)
        #expect(HTTPProbe.parse("HTTP/1.1 503 Service\r\nA: b\r\n\r\nbody\r\n\r\n")?.body == "body\r\n\r\n")
        for text in ["", "HTTP/1.1 200", "HTTP/1.1\r\n\r\n", "kafka\r\n\r\n"] { #expect(HTTPProbe.parse(text) == nil) }
    }

    @Test(arguments: [
        (0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (5 << 30, "5 GiB"), (3 << 50, "3072 TiB"),
    ])
    func `sizes are told for people`(count: Int64, text: String) { #expect(Bytes.text(count) == text) }
}
