package import BrokerPluginAPI
internal import CBrokerPluginTrace

/// The plug-ins that were running when the process crashed, as a file in the log directory remembers them.
///
/// The file has a line for each crash: seconds since 1970, kind, name. Who mends a plug-in may delete it.
public enum PluginCrashes {
    /// The file's name in the log directory.
    package static let fileName = "plugin-crashes"
    /// Crashes longer ago than this are forgotten, in seconds.
    package static let memorySeconds: Int64 = 3_600

    /// From now on a crash of this process, while a plug-in is called, is written down in `directory`.
    ///
    /// Signal handlers are the whole process's: this is for executables that are a broker and nothing else.
    public static func record(in directory: String) {
        _ = broker_plugin_record_crashes("\(directory)/\(fileName)")
    }

    /// The plug-ins that have crashed so often lately that they are better off.
    ///
    /// - Parameters:
    ///   - text: the file's.
    ///   - limit: from how many crashes on; 0 for never.
    ///   - now: the wall clock, in milliseconds.
    package static func quarantined(_ text: String, limit: Int, now: Int64) -> [(PluginKind, String)] {
        guard limit > 0 else { return [] }
        var counts: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            guard let blank = line.firstIndex(of: " "), let seconds = Int64(line[..<blank]),
                now / 1_000 - seconds <= memorySeconds
            else { continue }
            counts[String(line[line.index(after: blank)...]), default: 0] += 1
        }
        return counts.filter { $0.value >= limit }.keys.sorted().compactMap { plugin in
            let words = plugin.split(separator: " ")
            guard words.count == 2, let kind = PluginKind(rawValue: String(words[0])) else { return nil }
            return (kind, String(words[1]))
        }
    }
}
