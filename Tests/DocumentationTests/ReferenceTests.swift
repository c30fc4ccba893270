import BrokerPluginAPI
import BrokerRuntime
import Testing

/// The parts of the pages that are made of declarations.
@Suite(.serialized) struct ReferenceTests {
    private func check(_ part: String, of name: String, _ expected: [String]) throws {
        let page = try #require(try Catalogue.pages().first { $0.name == name })
        let range = try #require(page.generated(part), "\(name) has no <!-- generated: \(part) -->")
        if Catalogue.isWriting {
            try page.write([(range, expected)])
        } else {
            #expect(Array(page.lines[range]) == expected, "run with WRITE_DOCS=1 to write it anew")
        }
    }

    @Test func `the reference of options is what the plug-ins declare`() throws {
        let plugins = try OptionReference.plugins()
        #expect(plugins.contains { $0.contains("partitioner.vip.keys") })
        try check("options", of: "Options", plugins)
    }

    @Test func `the configs that choose plug-ins are the broker's`() throws {
        try check("choices", of: "Options", try OptionReference.choices())
    }

    @Test func `the budgets on the page are those that are kept`() throws {
        let rows = PluginKind.allCases.map { kind in
            let budget = PluginBudget.standard(kind)
            return "| \(kind.words) | \(budget.limit / 1_000_000) ms | \(budget.stall / 1_000_000_000) s "
                + "| \(budget.fallback) |"
        }
        try check(
            "budgets", of: "Containment",
            ["| kind | a call may take | a stall | what happens instead |", "|---|---|---|---|"] + rows)
    }
}
