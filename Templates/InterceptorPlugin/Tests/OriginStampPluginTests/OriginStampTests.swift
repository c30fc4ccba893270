import BrokerPluginAPI
import BrokerPluginTesting
import OriginStampPlugin
import Testing

@Suite struct OriginStampTests {
    private let context = RecordInterceptorContext(
        topic: "orders", partition: 0,
        client: RequestContext(principal: "User:till", host: "192.0.2.1", listener: "PLAINTEXT", clientID: nil))

    private func interceptor(
        _ change: (inout OriginStampInterceptor.Configuration) -> Void = { _ in }
    ) -> OriginStampInterceptor {
        var configuration = OriginStampInterceptor.Configuration()
        change(&configuration)
        return OriginStampInterceptor(configuration)
    }

    private func record(key: String? = nil, _ headers: KeyValuePairs<String, String?> = [:]) -> Record {
        Record(
            key: key.map { ByteBuffer(string: $0) }, value: ByteBuffer(string: "two pizzas"),
            headers: headers.map { Record.Header(key: $0.key, value: $0.value.map { ByteBuffer(string: $0) }) })
    }

    @Test func `it is a record interceptor`() {
        #expect(RecordInterceptorExam { interceptor() }.violations == [])
        #expect(
            RecordInterceptorExam {
                interceptor { ($0.headers, $0.isKeyRequired, $0.stamp) = (["h"], true, "") }
            }.violations == [])
    }

    @Test func `what a topic asks for must be there`() throws {
        let strict = interceptor { ($0.headers, $0.isKeyRequired) = (["source", "version"], true) }
        #expect(try strict.intercept(record(key: "k", ["version": "1", "source": "till"]), in: context) != nil)
        for (wrong, words) in [
            (record(["source": "till", "version": "1"]), "it has no key"),
            (record(key: "k", ["source": "till"]), "it has no header 'version'"),
            (record(key: "k", ["source": nil, "version": "1"]), "it has no header 'source'"),
        ] {
            #expect(throws: PluginError.reject(words)) { try strict.intercept(wrong, in: context) }
        }
    }

    @Test func `the stamp is the broker's, whatever clients put there`() throws {
        let forged = record(["origin": "User:admin 127.0.0.1", "h": "v", "origin": nil])
        let stamped = try #require(try interceptor().intercept(forged, in: context))
        #expect(stamped.headers.map(\.key) == ["h", "origin"])
        #expect(stamped.headers.last?.value == ByteBuffer(string: "User:till 192.0.2.1"))
        #expect(stamped.value == forged.value)
        #expect(try interceptor { $0.stamp = "" }.intercept(forged, in: context) == nil, "it stays as it is")
    }

    @Test func `clients cannot be asked for what the broker writes`() {
        let values = ["interceptor.origin-stamp.headers": "source,origin"]
        #expect(
            PluginRegistration(OriginStampInterceptor.self).problem { values[$0] }?
                .hasPrefix("'interceptor.origin-stamp.stamp' must not be one of") == true)
    }
}
