internal import BrokerClient

/// What a shell may complete a word with: names from the live cluster, keys from the schemas.
///
/// A shell waits for the answer, and the user for the shell: without a broker there is no answer, and no word about it.
enum Candidates {
    /// How long the cluster may take, in milliseconds.
    private static let limitMilliseconds: Int64 = 1_000

    @Sendable static func topics(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
        await ask(words) { admin async throws(ClientError) in
            // The broker's own topics come when their first letter is typed, as hidden files do.
            try await admin.listTopics(includingInternal: prefix.hasPrefix("_")).map(\.name)
        }
    }

    @Sendable static func brokers(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
        await ask(words) { admin async throws(ClientError) in
            try await admin.describeCluster().brokers.map { "\($0.id)" }
        }
    }

    /// Asks the cluster that the words name, else the one of the environment; nothing if it takes too long.
    static func ask(
        _ words: [String], _ question: @escaping @Sendable (AdminClient) async throws(ClientError) -> [String]
    ) async -> [String] {
        var connection = ConnectionOptions()
        connection.bootstrapServer = bootstrapServer(words)
        connection.timeout = Double(limitMilliseconds) / 1000
        guard let configuration = try? connection.configuration else { return [] }
        let (answers, answer) = AsyncStream<[String]>.makeStream()
        // Names may be looked up, and neither that nor a system call can be called off: whoever is late is not heard.
        let asking = Task {
            let cluster = Cluster(configuration)
            // Nobody listening is an answer, not a reason to try again.
            if (try? await cluster.anyConnection()) != nil {
                answer.yield((try? await question(AdminClient(cluster: cluster))) ?? [])
            }
            answer.finish()
            await cluster.close()
        }
        let deadline = Task {
            try? await Task.sleep(for: .milliseconds(limitMilliseconds))
            answer.finish()
        }
        defer {
            asking.cancel()
            deadline.cancel()
        }
        for await answer in answers { return answer }
        return []
    }

    /// The value of `-b` or `--bootstrap-server` among a command line's words, as the shell hands them over.
    static func bootstrapServer(_ words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            let rest = words[(index + 1)...]
            var value: String?
            if word == "-b" || word == "--bootstrap-server" {
                value = joined(rest)
            } else if word.hasPrefix("--bootstrap-server=") {
                value = joined([String(word.dropFirst("--bootstrap-server=".count))] + rest)
            } else if word.hasPrefix("-b"), word.count > 2 {
                value = joined([String(word.dropFirst(2))] + rest)
            }
            if let value, !value.isEmpty { return value.filter { $0 != "\"" && $0 != "'" && $0 != "\\" } }
        }
        return nil
    }

    /// The first word, with what bash cuts from it at colons and equals signs.
    private static func joined(_ words: some Collection<String>) -> String? {
        var rest = words.first == "=" ? words.dropFirst() : words[...]
        guard var value = rest.popFirst() else { return nil }
        while rest.first == ":" {
            rest = rest.dropFirst()
            value += ":" + (rest.popFirst() ?? "")
        }
        return value
    }
}
