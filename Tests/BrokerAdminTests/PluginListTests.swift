import BrokerPluginAPI
import Testing

@testable import BrokerAdmin

/// What `plugins list` and `plugins describe` tell.
struct PluginListTests {
    @Test func `the default of a secret is not told, only whether there is one`() {
        var definition = ConfigDefinition("a.b.token", .password, "hunter2", documentation: "A token.")
        #expect(definition.toldStandard == "(secret)")
        let plugin = PluginRegistration(
            .recordInterceptor, name: "b", summary: "B.", typeName: "B", definitions: [definition]
        ) { _ throws(PluginError) in 0 }
        #expect(!plugin.json.description.contains("hunter2"))
        definition.standard = ""
        #expect(definition.toldStandard == "")
        definition.type = .string
        definition.standard = "plain"
        #expect(definition.toldStandard == "plain")
    }
}
