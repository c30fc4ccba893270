// Written by Scripts/embed-templates.sh from Templates/InterceptorPlugin; changes belong there.
// swift-format-ignore-file

extension EmbeddedTemplates {
    static let interceptorPlugin: [PackageFile] = [
        PackageFile(path: ".gitignore", text: ##"""
.build/

"""##),
        PackageFile(path: "Package.swift", text: ##"""
// swift-tools-version: 6.2
import PackageDescription

// Where the framework is: a path or a URL. The environment variable BROKER_FRAMEWORK goes before what stands here.
let framework = Context.environment["BROKER_FRAMEWORK"] ?? "../.."

let package = Package(
    name: "origin-stamp",
    platforms: [.macOS(.v15)],
    products: [.library(name: "OriginStampPlugin", targets: ["OriginStampPlugin"])],
    dependencies: [
        framework.contains(":")
            ? .package(url: framework, from: "0.1.0") : .package(name: "BrokerFramework", path: framework)
    ],
    targets: [
        .target(
            name: "OriginStampPlugin", dependencies: [.product(name: "BrokerPluginAPI", package: "BrokerFramework")]),
        .testTarget(
            name: "OriginStampPluginTests",
            dependencies: [
                "OriginStampPlugin", .product(name: "BrokerPluginTesting", package: "BrokerFramework"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

"""##),
        PackageFile(path: "README.md", text: ##"""
# origin-stamp

A record interceptor: refuses records without the headers that a topic asks for, and stamps the others with who sent them. It is
chosen topic by topic, and changed while the broker runs. A topic with an interceptor gives up the way from socket to file without
a copy; others pay nothing.

1. **Build it, and sit the exam.** `Package.swift` says where the framework is; the environment variable
   `BROKER_FRAMEWORK`, a path or a URL, goes before that.

   ```sh
   swift test
   ```

2. **Make it yours.** `Sources/OriginStampPlugin/OriginStampInterceptor.swift` is the plug-in: its name, its options, and what its kind asks for.
   `Tests/OriginStampPluginTests/OriginStampTests.swift` holds it to what it promises: the kind's exam is one line of it.

3. **Use it in a broker.** `broker new broker shop` writes one. In its `Package.swift`:

   ```swift
   .package(path: "../origin-stamp"),                                    // among the dependencies
   .product(name: "OriginStampPlugin", package: "origin-stamp"),       // among those of the target ShopBroker
   ```

   and in its composition:

   ```swift
   import OriginStampPlugin

   Use(OriginStampInterceptor.self)
   ```

   `swift run shop-broker plugins describe origin-stamp` shows it, and so it is used:

   ```sh
   shop-broker topics create orders -c interceptor=origin-stamp -c interceptor.origin-stamp.headers=source
   echo 'two pizzas' | shop-broker produce orders -H source=till
   shop-broker consume orders --exit -f '%h %s\n'
   ```

4. **Publish it.** Push the package to a repository of its own and tag a version, as `git tag 0.1.0`; others name its URL
   where the path stood. In its `Package.swift`, put the framework's URL in the place of its path first.

"""##),
        PackageFile(path: "Sources/OriginStampPlugin/OriginStampInterceptor.swift", text: ##"""
import BrokerPluginAPI

/// Refuses records that lack what a topic asks for, and stamps the others with who sent them.
///
/// The stamp is a header that the broker writes: what a client puts there is replaced, so that readers can trust it as far
/// as they trust the broker's listeners.
public struct OriginStampInterceptor: RecordInterceptor, Plugin {
    public static let name = "origin-stamp"
    public static let summary = "Refuses records without certain headers, and stamps the others with who sent them."

    public struct Configuration: PluginConfiguration {
        public var headers: [String] = []
        public var isKeyRequired = false
        public var stamp = "origin"

        public init() {}

        public static let schema = PluginSchema<Configuration> {
            ConfigKey(
                "headers", \.headers, "The headers that a record must have a value for, with commas between them.")
            ConfigKey("key.required", \.isKeyRequired, "Whether a record must have a key.")
            ConfigKey("stamp", \.stamp, "The header that says who sent the record, and from where; empty for none.")
        }

        public var problem: String? {
            headers.contains(stamp)
                ? "`stamp` must not be one of `headers`: the broker writes it, not the client." : nil
        }
    }

    private let configuration: Configuration

    public init(_ configuration: Configuration) { self.configuration = configuration }

    public func intercept(_ record: Record, in context: RecordInterceptorContext) throws(PluginError) -> Record? {
        if configuration.isKeyRequired, record.key == nil { throw .reject("it has no key") }
        for name in configuration.headers {
            let hasValue = record.headers.contains { $0.key == name && $0.value?.readableBytes ?? 0 > 0 }
            guard hasValue else { throw .reject("it has no header '\(name)'") }
        }
        // Nil leaves the record, and if all of a batch stay so, the batch as it came.
        guard !configuration.stamp.isEmpty else { return nil }
        var stamped = record
        stamped.headers.removeAll { $0.key == configuration.stamp }
        stamped.headers.append(
            Record.Header(
                key: configuration.stamp,
                value: ByteBuffer(string: "\(context.client.principal) \(context.client.host)")))
        return stamped
    }
}

"""##),
        PackageFile(path: "Tests/OriginStampPluginTests/OriginStampTests.swift", text: ##"""
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

"""##),
    ]
}
