#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Where a new package finds the framework: an absolute path, or a URL.
enum FrameworkLocation {
    /// - Parameters:
    ///   - wish: what the user says; nil if nothing.
    ///   - executable: the path of the running executable; nil to ask the system.
    /// - Throws: what to tell the user, where it is nowhere.
    static func find(_ wish: String?, executable: String? = nil) throws(CommandFailure) -> String {
        if let wish = wish ?? Terminal.variable("BROKER_FRAMEWORK"), !wish.isEmpty { return try checked(wish) }
        if let checkout = (executable ?? ownPath).flatMap(checkout(around:)) { return checkout }
        throw CommandFailure(
            "Where the framework is, is not known: this executable does not lie in a checkout of it.", kind: .usage,
            advice: "Name its directory or its repository's URL: --framework /path/to/BrokerFramework.")
    }

    private static func checked(_ wish: String) throws(CommandFailure) -> String {
        // A scheme, or host:path as git has it.
        if wish.contains(":") { return wish }
        guard let path = absolute(wish), isFramework(path) else {
            throw CommandFailure(
                "There is no BrokerFramework in '\(wish)'.", kind: .notFound,
                advice: "--framework and BROKER_FRAMEWORK name the directory with its Package.swift, or a URL.")
        }
        return path
    }

    /// The framework's directory that a path leads through.
    static func checkout(around path: String) -> String? {
        var path = Substring(path)
        while let slash = path.lastIndex(of: "/") {
            path = path[..<slash]
            if isFramework(String(path)) { return String(path) }
        }
        return nil
    }

    private static func isFramework(_ path: String) -> Bool {
        TextFile.read(path + "/Package.swift")?.contains("name: \"BrokerFramework\",") == true
    }

    /// Without links and dots; nil if there is nothing.
    private static func absolute(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static var ownPath: String? {
        absolute("/proc/self/exe") ?? CommandLine.arguments.first.flatMap(absolute)
    }
}
