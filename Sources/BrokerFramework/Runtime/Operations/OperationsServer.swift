import BrokerHTTP
import BrokerMetadata
import BrokerMetrics
import Logging
import NIOCore

/// The broker's door for operators: metrics and health over HTTP. Opened before anything else, closed last.
struct OperationsServer: Sendable {
    let listener: Broker.BoundListener
    private let server: HTTPServer

    /// Opens the door as `http.listener` says; nil if it is off, or if nobody asked for it and it cannot be opened.
    static func start(
        _ operations: Operations, config: BrokerConfig, logger: Logger
    ) async throws(BrokerStartError) -> OperationsServer? {
        let plan = try HTTPListenerPlan(config)
        guard let first = plan.addresses.first else { return nil }
        let server = HTTPServer { request, eventLoop in answer(request, operations, eventLoop) }
        var failure = ""
        for address in plan.addresses {
            do {
                let port = try await server.listen(host: address.host, port: address.port)
                if address != first {
                    logger.info(
                        "the port for metrics and health is taken; another one is used",
                        metadata: ["wanted": "\(first)", "used": "\(port)"])
                }
                return OperationsServer(listener: .init(name: "HTTP", host: address.host, port: port), server: server)
            } catch { failure = ListenFailure.reason(error) }
        }
        await server.stop()
        guard !plan.isWanted else {
            throw BrokerStartError(
                "Cannot listen on \(first) for metrics and health: \(failure). "
                    + "Set http.listener to another address, or to 'off'.")
        }
        logger.warning(
            "no port for metrics and health can be opened; the broker goes without",
            metadata: ["wanted": "\(first)", "error": "\(failure)"])
        return nil
    }

    func stop() async { await server.stop() }

    // MARK: Routes

    private static func answer(
        _ request: HTTPRequest, _ operations: Operations, _ eventLoop: any EventLoop
    ) -> EventLoopFuture<HTTPResponse> {
        let isVerbose = request.query["verbose"] != nil
        switch request.path {
        case "/metrics":
            let format: MetricsPage.Format =
                request.accepts.contains { $0.contains("application/openmetrics-text") }
                ? .openMetrics : .text
            let page = operations.metrics.scrape().text(format)
            return eventLoop.makeSucceededFuture(
                HTTPResponse(contentType: format.contentType, body: ByteBuffer(bytes: page)))
        case "/livez": return operations.liveness(on: eventLoop).map { response(to: $0, isVerbose) }
        case "/readyz": return eventLoop.makeSucceededFuture(response(to: operations.readiness, isVerbose))
        case "/startupz": return eventLoop.makeSucceededFuture(response(to: operations.startup, isVerbose))
        case "/": return eventLoop.makeSucceededFuture(.text(index))
        default: return eventLoop.makeSucceededFuture(.text("There is nothing here. \(index)", status: .notFound))
        }
    }

    private static func response(to report: HealthReport, _ isVerbose: Bool) -> HTTPResponse {
        .json(report.json(isVerbose: isVerbose), status: report.isOK ? .ok : .serviceUnavailable)
    }

    private static let index = """
        Served are:
          /metrics   for Prometheus
          /livez     200 while the threads run, 503 if the process should be restarted
          /readyz    200 while clients should be sent here
          /startupz  200 once started; before, how far the recovery is
        With ?verbose the health endpoints tell every check.

        """
}
