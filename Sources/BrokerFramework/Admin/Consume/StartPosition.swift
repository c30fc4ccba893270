internal import ArgumentParser
internal import BrokerModel

/// Where `consume` begins in each partition.
enum StartPosition: Hashable, Sendable {
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
}

/// A place as `--from` takes it: where to begin or, in kcat's way, where to end.
enum ConsumePlace: ExpressibleByArgument, Hashable, Sendable {
    case start(StartPosition)
    /// Before the first record that is so young.
    case stop(Timestamp)
    /// What a group remembers.
    case stored

    /// `beginning`, `end`, `42`, `-5`, or `@` and a time; `s@` and `e@` are kcat's ways to say from and until when.
    init?(argument: String) {
        switch argument {
        case "beginning", "earliest": self = .start(.beginning)
        case "end", "latest": self = .start(.end)
        case "stored": self = .stored
        default:
            if argument.hasPrefix("e@") {
                guard let moment = Moment(argument: String(argument.dropFirst())) else { return nil }
                self = .stop(moment.timestamp)
                return
            }
            for prefix in ["@", "s@"] where argument.hasPrefix(prefix) {
                guard let moment = Moment(argument: String(argument.dropFirst(prefix.count))) else { return nil }
                self = .start(.timestamp(moment.timestamp))
                return
            }
            guard let number = Int64(argument), number > .min else { return nil }
            self = .start(number < 0 || argument.hasPrefix("-") ? .last(-number) : .offset(number))
        }
    }

    static var defaultCompletionKind: CompletionKind { .list(["beginning", "end", "-10", "@today", "@-1h"]) }
}
