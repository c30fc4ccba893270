internal import ArgumentParser
internal import BrokerModel

/// Where `consume` begins in each partition.
enum StartPosition: ExpressibleByArgument, Hashable, Sendable {
    case beginning
    case end
    case offset(Offset)
    /// So many before the end.
    case last(Offset)
    case timestamp(Timestamp)

    /// Whether the log's end has to be known.
    var dependsOnEnd: Bool {
        switch self {
        case .end, .last, .offset: true
        case .beginning, .timestamp: false
        }
    }

    /// `beginning`, `end`, `42`, `-5`, or `@` and a time; `s@` is kcat's way to say the last.
    init?(argument: String) {
        switch argument {
        case "beginning", "earliest": self = .beginning
        case "end", "latest": self = .end
        default:
            for prefix in ["@", "s@"] where argument.hasPrefix(prefix) {
                guard let time = Timestamps.parse(String(argument.dropFirst(prefix.count))) else { return nil }
                self = .timestamp(time)
                return
            }
            guard let number = Int64(argument), number > .min else { return nil }
            self = number < 0 || argument.hasPrefix("-") ? .last(-number) : .offset(number)
        }
    }
}
