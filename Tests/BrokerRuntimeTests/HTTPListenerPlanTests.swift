import BrokerMetadata
import BrokerRuntime
import Testing

struct HTTPListenerPlanTests {
    private func plan(_ settings: [String: String]) throws -> HTTPListenerPlan {
        try HTTPListenerPlan(try BrokerConfig(layers: [settings]))
    }

    private func texts(_ plan: HTTPListenerPlan) -> [String] { plan.addresses.map(\.description) }

    @Test func `a port nobody set is replaced by a free one where it is taken`() throws {
        let plan = try plan([:])
        #expect(texts(plan) == ["127.0.0.1:9644", "127.0.0.1:0"] && !plan.isWanted)
    }

    @Test func `a broker on a free port takes a free one for this too`() throws {
        #expect(texts(try plan(["listeners": "PLAINTEXT://:0"])) == ["127.0.0.1:0"])
    }

    @Test func `an address that was set is the only one`() throws {
        let plan = try plan(["http.listener": "[::1]:9000", "listeners": "PLAINTEXT://:0"])
        #expect(texts(plan) == ["[::1]:9000"] && plan.isWanted)
        #expect(texts(try self.plan(["http.listener": ":9000"])) == ["0.0.0.0:9000"])
    }

    @Test func `off is nowhere`() throws { #expect(try plan(["http.listener": "off"]).addresses.isEmpty) }

    @Test(arguments: ["", "9644", "localhost", "localhost:", "localhost:70000", "on"])
    func `anything else is refused with the form it must have`(text: String) throws {
        let error = #expect(throws: BrokerStartError.self) { try plan(["http.listener": text]) }
        #expect(error?.description.contains("127.0.0.1:9644") == true)
    }
}
