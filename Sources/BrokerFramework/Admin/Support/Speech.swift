internal import Synchronization

/// How a command speaks to whoever reads standard error: in words, or in JSON where the answer is to be JSON.
enum Speech {
    /// Set once, before the command runs.
    static let speaksJSON = Atomic<Bool>(false)

    static var isJSON: Bool { speaksJSON.load(ordering: .relaxed) }

    /// Read from the words themselves, so that it holds for arguments that do not parse, too.
    static func isJSONWanted(_ arguments: [String]) -> Bool {
        let arguments = arguments.prefix { $0 != "--" }
        for option in ["--output", "--log-format"] {
            if arguments.contains(option + "=json") { return true }
            if zip(arguments, arguments.dropFirst()).contains(where: { $0 == option && $1 == "json" }) { return true }
        }
        return false
    }

    /// Tells of a failure; gives its exit code.
    ///
    /// - Parameter usage: how the command is used, for people only.
    @discardableResult
    static func tell(_ failure: CommandFailure, usage: String = "") -> Int32 {
        if isJSON {
            Output.standardError(JSONValue.object([.init(name: "error", value: failure.json)]).description)
        } else {
            Output.standardError(Style.error("Error:", on: .error) + " " + failure.message)
            if let advice = failure.advice { Output.standardError(advice) }
            if !usage.isEmpty { Output.standardError(usage) }
        }
        return failure.kind.exitCode
    }
}
