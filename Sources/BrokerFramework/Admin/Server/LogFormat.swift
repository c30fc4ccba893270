internal import ArgumentParser
internal import Logging

/// The form of the log lines on standard error.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json

    func logger(level: Logger.Level) -> Logger {
        var logger = Logger(label: "broker") { label in
            switch self {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label)
            }
        }
        logger.logLevel = level
        return logger
    }
}
