/// One question about a broker's health, answered.
package struct HealthCheck: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        case ok
        /// It works, but not as it should.
        case degraded
        case failed
    }

    package var name: String
    package var verdict: Verdict
    /// What is wrong and what to do, or what is so.
    package var detail: String

    package init(_ name: String, _ verdict: Verdict, _ detail: String) {
        self.name = name
        self.verdict = verdict
        self.detail = detail
    }

    package init(_ name: String, isOK: Bool, _ detail: String) { self.init(name, isOK ? .ok : .failed, detail) }

    /// Whether it works.
    package var isOK: Bool { verdict != .failed }
}

/// The answer of a health endpoint: fine only if no check has failed.
package struct HealthReport: Hashable, Sendable {
    package var checks: [HealthCheck]
    /// Figures that go with the answer.
    package var figures: [Figure] = []

    package struct Figure: Hashable, Sendable {
        package var name: String
        package var value: Int64
    }

    package init(_ checks: [HealthCheck], figures: [Figure] = []) {
        self.checks = checks
        self.figures = figures
    }

    package var isOK: Bool { checks.allSatisfy(\.isOK) }

    /// The report as JSON. Checks that are fine are told only if `isVerbose`.
    package func json(isVerbose: Bool) -> String {
        let status = !isOK ? "unavailable" : checks.contains { $0.verdict == .degraded } ? "degraded" : "ok"
        var members = ["\"status\":\(JSONText.quoted(status))"]
        members += figures.map { "\(JSONText.quoted($0.name)):\($0.value)" }
        let told = isVerbose ? checks : checks.filter { $0.verdict != .ok }
        if !told.isEmpty {
            let rows = told.map { check in
                "{\"name\":\(JSONText.quoted(check.name)),\"ok\":\(check.isOK),"
                    + "\"detail\":\(JSONText.quoted(check.detail))}"
            }
            members.append("\"checks\":[\(rows.joined(separator: ","))]")
        }
        return "{\(members.joined(separator: ","))}"
    }
}

// MARK: Judgements

extension HealthReport {
    /// Whether the broker is past its start.
    package static func startup(_ progress: StartProgress.Snapshot) -> HealthReport {
        let detail =
            switch progress.phase {
            case .opening: "The log directory and the metadata are being opened."
            case .recovering:
                "Recovering after an unclean stop: \(progress.recoveredCount) of \(progress.partitionCount) partitions."
            case .joining: "The listeners are being opened."
            case .started: "Started."
            case .stopping: "Stopping."
            }
        return HealthReport(
            [HealthCheck("started", isOK: progress.phase >= .started, detail)],
            figures: [
                Figure(name: "partitionsToRecover", value: Int64(progress.partitionCount)),
                Figure(name: "partitionsRecovered", value: Int64(progress.recoveredCount)),
                Figure(name: "bytesRecovered", value: progress.recoveredByteCount),
            ])
    }

    /// A thread that was asked to answer.
    package struct Pulse: Hashable, Sendable {
        package var name: String
        /// For how long it has not answered; nil if it has.
        package var silentMilliseconds: Int64?
        /// How long it may be silent.
        package var limitMilliseconds: Int64

        package init(_ name: String, silentMilliseconds: Int64?, limitMilliseconds: Int64) {
            self.name = name
            self.silentMilliseconds = silentMilliseconds
            self.limitMilliseconds = limitMilliseconds
        }
    }

    /// Whether every thread still runs. A thread that is only slow is alive: ending the process would not help.
    package static func liveness(_ pulses: [Pulse]) -> HealthReport {
        HealthReport(
            pulses.map { pulse in
                guard let silent = pulse.silentMilliseconds else {
                    return HealthCheck(pulse.name, isOK: true, "Answers.")
                }
                guard silent >= pulse.limitMilliseconds else {
                    return HealthCheck(pulse.name, isOK: true, "Busy for \(silent) ms.")
                }
                return HealthCheck(
                    pulse.name, isOK: false, "Has not answered for \(silent) ms; the process should be restarted.")
            })
    }

    /// What a broker must be for clients to be sent to it.
    package struct Standing: Hashable, Sendable {
        package enum Registration: Sendable { case absent, fenced, serving }

        package var phase: StartProgress.Phase
        package var registration: Registration
        package var controller: ControllerStatus.Standing
        /// What others who must be ready say: coordinators, plug-ins.
        package var others: [HealthCheck]

        package init(
            phase: StartProgress.Phase, registration: Registration, controller: ControllerStatus.Standing,
            others: [HealthCheck] = []
        ) {
            self.phase = phase
            self.registration = registration
            self.controller = controller
            self.others = others
        }
    }

    /// Whether clients should be sent to this broker.
    package static func readiness(_ standing: Standing) -> HealthReport {
        let listeners =
            switch standing.phase {
            case .opening, .recovering, .joining:
                HealthCheck("listeners", isOK: false, "The broker is starting; /startupz tells how far it is.")
            case .started: HealthCheck("listeners", isOK: true, "Open.")
            case .stopping: HealthCheck("listeners", isOK: false, "The broker is stopping.")
            }
        let registration =
            switch standing.registration {
            case .absent: HealthCheck("registration", isOK: false, "The broker is not registered with the controller.")
            case .fenced:
                HealthCheck("registration", isOK: false, "The broker is fenced: it leads nothing and is not told.")
            case .serving: HealthCheck("registration", isOK: true, "Registered, not fenced.")
            }
        let controller =
            switch standing.controller {
            case .active: HealthCheck("controller", isOK: true, "Active on this node.")
            case .inactive: HealthCheck("controller", isOK: false, "The metadata quorum has no leader here.")
            case .failed:
                HealthCheck(
                    "controller", isOK: false,
                    "The metadata log failed, nothing is decided any more. See the log, mend the disk, start again.")
            case .stopped: HealthCheck("controller", isOK: false, "Stopped.")
            }
        return HealthReport([listeners, registration, controller] + standing.others)
    }
}

/// Text in JSON.
enum JSONText {
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case let control where control.value < 0x20:
                let hex = String(control.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
