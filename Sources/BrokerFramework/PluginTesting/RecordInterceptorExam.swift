internal import BrokerModel
public import BrokerPluginAPI
internal import NIOCore

/// Whether a record interceptor keeps what ``BrokerPluginAPI/RecordInterceptor`` promises.
public struct RecordInterceptorExam {
    private let make: () throws -> any RecordInterceptor

    /// - Parameter make: makes an instance; called several times.
    public init(_ make: @escaping () throws -> any RecordInterceptor) { self.make = make }

    /// What is broken; empty if it passes. The same in every run.
    public var violations: [Violation] {
        var findings = Findings()
        do { try examine(&findings) } catch { findings.expect("an instance can be made", false, "\(error)") }
        return findings.violations
    }

    /// What became of a record.
    private enum Verdict: Equatable {
        case kept(Record?)
        case refused
        case unable(String)

        var isKept: Bool {
            if case .kept = self { true } else { false }
        }
    }

    private static let records: [(name: String, record: Record)] = {
        let texts: [(String, ByteBuffer?)] = [
            ("nothing", nil), ("no bytes", ByteBuffer()), ("text", ByteBuffer(string: "text")),
            ("bytes that are no text", ByteBuffer(bytes: [0xff, 0x00, 0xc3, 0x28])),
            ("half of a JSON object", ByteBuffer(string: #"{"a":"#)),
            ("a JSON object", ByteBuffer(string: #"{"a":1}"#)),
            ("a million bytes", ByteBuffer(repeating: 0x61, count: 1_000_000)),
        ]
        let headers: [Record.Header] = [
            .init(key: "", value: nil), .init(key: "h", value: ByteBuffer()),
            .init(key: "h", value: ByteBuffer(string: "v")),
        ]
        return texts.flatMap { keyName, key in
            texts.flatMap { valueName, value in
                [[], headers].map { headers in
                    (
                        "a record with \(keyName) as key, \(valueName) as value and \(headers.count) headers",
                        Record(offset: 7, timestamp: 1_700_000_000_000, key: key, value: value, headers: headers)
                    )
                }
            }
        }
    }()

    private static let context = RecordInterceptorContext(
        topic: "exam", partition: 0,
        client: RequestContext(principal: "User:exam", host: "192.0.2.1", listener: "EXAM", clientID: nil))

    private func judge(_ record: Record, by interceptor: any RecordInterceptor) -> Verdict {
        do throws(PluginError) { return .kept(try interceptor.intercept(record, in: Self.context)) } catch {
            return error.remedy == .reject ? .refused : .unable(error.message)
        }
    }

    private func examine(_ findings: inout Findings) throws {
        let (one, other) = (try make(), try make())
        for (name, record) in Self.records {
            let verdict = judge(record, by: one)
            if case .unable(let why) = verdict {
                findings.expect("every record can be judged", false, "\(name): \(why)")
                continue
            }
            findings.expect(
                "a record's verdict depends on the record alone",
                verdict.isKept == judge(record, by: one).isKept && verdict.isKept == judge(record, by: other).isKept,
                "\(name) is taken once and refused once")
            guard case .kept(let replacement?) = verdict else { continue }
            let growth = Self.byteCount(replacement) - Self.byteCount(record)
            findings.expect(
                "a replacement is at most 1 MiB larger", growth <= 1 << 20, "\(name) grows by \(growth) bytes")
        }
    }

    private static func byteCount(_ record: Record) -> Int {
        (record.key?.readableBytes ?? 0) + (record.value?.readableBytes ?? 0)
            + record.headers.reduce(0) { $0 + $1.key.utf8.count + ($1.value?.readableBytes ?? 0) }
    }
}
