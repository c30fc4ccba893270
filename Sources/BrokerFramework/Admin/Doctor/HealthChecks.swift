internal import BrokerRuntime

/// Judges what a running broker says of itself over HTTP.
enum HealthChecks {
    /// - Parameters:
    ///   - metrics: the page of `/metrics`.
    ///   - readiness: the answer of `/readyz?verbose`.
    ///   - clusterID: the cluster of the broker that is meant; nil if that is not known.
    static func findings(
        at address: String, metrics: String, readiness: HTTPProbe.Answer, clusterID: String?
    ) -> [Finding] {
        let theirs = label("cluster_id", of: "broker_info", in: metrics)
        if let clusterID, let theirs, theirs != clusterID {
            return [
                .warn(
                    "health", "The health endpoints at \(address) are those of another broker, of cluster \(theirs).",
                    advice:
                        "Two brokers want the port; set http.listener. The broker's ready line names the one it has.")
            ]
        }
        var findings: [Finding] = []
        if readiness.status == 200 {
            findings.append(.ok("health", "The broker says that it is ready (http://\(address)/readyz)."))
        } else {
            findings.append(
                .fail(
                    "health", "The broker says that it is not ready: \(reasons(readiness.body)).",
                    advice: "http://\(address)/readyz?verbose tells every check; /startupz how far a start is."))
        }
        let version = label("version", of: "broker_build_info", in: metrics)
        if let version, version != BrokerRelease.version {
            findings.append(
                .warn(
                    "version", "The running broker is version \(version), this command \(BrokerRelease.version).",
                    advice: "Restart the broker if it was updated."))
        }
        return findings
    }

    /// What is not fine, out of the answer of a health endpoint.
    private static func reasons(_ body: String) -> String {
        guard let value = try? JSONParser.parse(body.utf8), case .array(let checks)? = value["checks"] else {
            return body
        }
        let details = checks.compactMap { check -> String? in
            guard check["ok"] == .bool(false), case .string(let detail)? = check["detail"] else { return nil }
            return detail.hasSuffix(".") ? String(detail.dropLast()) : detail
        }
        return details.joined(separator: "; ")
    }

    /// The value of a label of a metric's first sample.
    static func label(_ label: String, of metric: String, in page: String) -> String? {
        guard let line = page.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix(metric + "{") }),
            let start = line.firstRange(of: label + "=\"")
        else { return nil }
        let rest = line[start.upperBound...]
        return rest.firstIndex(of: "\"").map { String(rest[..<$0]) }
    }
}
