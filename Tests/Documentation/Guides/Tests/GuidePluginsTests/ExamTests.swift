import BrokerFramework
import BrokerPluginTesting
import GuidePlugins
import Testing

@Suite struct ExamTests {
    @Test func `by-customer is a partitioner`() {
        #expect(PartitionerExam([.keysStay, .spreads]) { try ByCustomer(.init()) }.violations == [])
    }

    @Test func `drop-marked is a cleanup policy, and leaves what has no mark`() {
        let exam = CleanupPolicyExam(mustStay: { record, _ in record.headers.isEmpty }) {
            var configuration = DropMarked.Configuration()
            configuration.header = "version"
            configuration.after = .seconds(3_600)
            return DropMarked(configuration)
        }
        #expect(exam.violations == [])
    }

    @Test func `run-length is a codec`() {
        #expect(CodecExam(.detectsTruncation) { RunLength(.init()) }.violations == [])
    }

    @Test func `known-hosts is an authorizer, and lets no stranger in`() {
        #expect(AuthorizerExam { KnownHosts(.init()) }.violations == [])
    }

    @Test func `small-memory is a storage`() throws {
        let storage = try SmallMemory(.init()).open("")
        #expect(StorageExam(storage).violations == [])
    }

    @Test func `require-header is a record interceptor`() {
        #expect(RecordInterceptorExam { RequireHeader(.init()) }.violations == [])
    }

    @Test func `require-header refuses what has no source, and notes the sender`() throws {
        let client = RequestContext(principal: "User:till", host: "192.0.2.1", listener: "PLAINTEXT", clientID: nil)
        let context = RecordInterceptorContext(topic: "orders", partition: 0, client: client)
        let interceptor = RequireHeader(.init())
        let record = Record(key: nil, value: ByteBuffer(string: "two pizzas"), headers: [])
        #expect(throws: PluginError.reject("it has no header 'source'")) {
            try interceptor.intercept(record, in: context)
        }
        var marked = record
        marked.headers = [Record.Header(key: "source", value: nil)]
        let noted = try #require(try interceptor.intercept(marked, in: context))
        #expect(noted.headers.map(\.key) == ["source", "sent-by"])
    }

    @Test func `thumbnails stays within the topic`() {
        #expect(PartitionerExam([]) { try Thumbnails(.init()) }.violations == [])
    }

    @Test func `team-names is a topic policy`() {
        func creation(of name: String, partitions: Int = 1) -> TopicChange {
            TopicChange(
                .create, before: nil,
                after: TopicDescription(name: name, partitionCount: partitions, replicationFactor: 1))
        }
        let exam = TopicPolicyExam(
            passing: [creation(of: "billing.invoices"), creation(of: "sales.orders", partitions: 100)],
            refused: [creation(of: "invoices"), creation(of: "sales.orders", partitions: 101)]
        ) {
            var configuration = TeamNames.Configuration()
            configuration.teams = ["billing", "sales"]
            return TeamNames(configuration)
        }
        #expect(exam.violations == [])
    }

    @Test func `spare-rack is a replica placer`() {
        #expect(PlacementExam([]) { SpareRack(.init()) }.violations == [])
    }

    @Test func `by-tenant is a quota policy`() {
        #expect(QuotaPolicyExam { ByTenant(.init()) }.violations == [])
    }

    @Test func `by-network is a principal builder`() {
        func connection(from host: String) -> AuthenticationContext {
            AuthenticationContext(listener: "PLAINTEXT", host: host, localHost: "192.0.2.1", localPort: 9092)
        }
        let exam = PrincipalBuilderExam(expected: [
            (connection(from: "127.0.0.1"), "User:admin"), (connection(from: "192.0.2.7"), "Host:192.0.2.7"),
            (connection(from: ""), nil),
        ]) { ByNetwork(.init()) }
        #expect(exam.violations == [])
    }
}
