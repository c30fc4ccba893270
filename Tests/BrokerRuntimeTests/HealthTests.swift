import BrokerRuntime
import Testing

struct HealthTests {
    private func standing(
        _ change: (inout HealthReport.Standing) -> Void = { _ in }
    ) -> HealthReport {
        var standing = HealthReport.Standing(phase: .started, registration: .serving, controller: .active)
        change(&standing)
        return .readiness(standing)
    }

    @Test func `a broker that listens, is registered and has a controller is ready`() {
        #expect(standing().isOK)
        #expect(standing().json(isVerbose: false) == #"{"status":"ok"}"#)
    }

    @Test(arguments: [StartProgress.Phase.opening, .recovering, .joining, .stopping])
    func `a broker that starts or stops is not ready`(phase: StartProgress.Phase) {
        #expect(standing { $0.phase = phase }.checks.filter { !$0.isOK }.map(\.name) == ["listeners"])
    }

    @Test(arguments: [HealthReport.Standing.Registration.absent, .fenced])
    func `a broker that is not registered or fenced is not ready`(registration: HealthReport.Standing.Registration) {
        #expect(standing { $0.registration = registration }.checks.filter { !$0.isOK }.map(\.name) == ["registration"])
    }

    @Test(arguments: [ControllerStatus.Standing.inactive, .failed, .stopped])
    func `a broker without a controller is not ready`(controller: ControllerStatus.Standing) {
        #expect(standing { $0.controller = controller }.checks.filter { !$0.isOK }.map(\.name) == ["controller"])
    }

    @Test func `one part that is not ready makes the broker not ready, and its reason is told`() {
        let report = standing { $0.others = [HealthCheck("groups", isOK: false, "say \"why\"\n")] }
        #expect(
            report.json(isVerbose: false)
                == #"{"status":"unavailable","checks":[{"name":"groups","ok":false,"detail":"say \"why\"\u000a"}]}"#)
        #expect(report.json(isVerbose: true).contains(#"{"name":"controller","ok":true,"#))
    }

    @Test func `groups that are not served are told with what to do`() {
        #expect(HealthCheck.groups(loadingCount: 0, failedCount: 0).isOK)
        let loading = HealthCheck.groups(loadingCount: 3, failedCount: 0)
        #expect(!loading.isOK && loading.detail.hasPrefix("3 partitions of __consumer_offsets are being read"))
        let failed = HealthCheck.groups(loadingCount: 3, failedCount: 1)
        #expect(!failed.isOK && failed.detail.contains("cannot be read") && failed.detail.contains("restart"))
    }

    @Test func `startup tells how far the recovery is, and is fine once started`() {
        var progress = StartProgress.Snapshot()
        progress.phase = .recovering
        progress.partitionCount = 7
        progress.recoveredCount = 3
        progress.recoveredByteCount = 1000
        let report = HealthReport.startup(progress)
        #expect(!report.isOK)
        #expect(
            report.json(isVerbose: false) == """
                {"status":"unavailable","partitionsToRecover":7,"partitionsRecovered":3,"bytesRecovered":1000,\
                "checks":[{"name":"started","ok":false,\
                "detail":"Recovering after an unclean stop: 3 of 7 partitions."}]}
                """)
        for (phase, isOK) in [(StartProgress.Phase.opening, false), (.joining, false), (.started, true)] {
            progress.phase = phase
            #expect(HealthReport.startup(progress).isOK == isOK)
        }
    }

    @Test(arguments: [(nil, true), (0, true), (9999, true), (10_000, false), (Int64.max, false)] as [(Int64?, Bool)])
    func `a thread is dead only when it was silent for its limit`(silent: Int64?, isOK: Bool) {
        let report = HealthReport.liveness([
            .init("a", silentMilliseconds: nil, limitMilliseconds: 1),
            .init("b", silentMilliseconds: silent, limitMilliseconds: 10_000),
        ])
        #expect(report.isOK == isOK && report.checks.count == 2)
    }
}
