import BrokerModel
import Testing

@Suite struct `A topic name` {
    @Test(arguments: [
        "a", "A-z_0.9", "...", "-", "__consumer_offsets", String(repeating: "x", count: 249),
    ])
    func `is legal`(name: String) {
        #expect(TopicName.problem(with: name) == nil)
    }

    @Test(arguments: [
        "", ".", "..", "a b", "a/b", "a:b", "a\n", "a\0", "ä", "a,b", "a\\b", String(repeating: "x", count: 250),
        String(repeating: "ä", count: 125),
    ])
    func `is illegal`(name: String) {
        #expect(TopicName.problem(with: name) != nil)
    }

    @Test func `collides with another in metrics by dot and underscore`() {
        #expect(TopicName.metricForm(of: "a.b_c") == TopicName.metricForm(of: "a_b.c"))
        #expect(TopicName.metricForm(of: "a.b") != TopicName.metricForm(of: "a-b"))
    }
}
