public import ArgumentParser

/// `new broker`.
public struct NewBrokerCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "broker", abstract: "Write a package for a broker with plug-ins of its own.",
        discussion: """
            Its executable, NAME-broker, has the whole command line, with the plug-ins of this broker and its own in it. \
            The first build compiles the framework and takes some minutes, later ones seconds.

            EXAMPLES
              broker new broker shop
              broker new broker shop --path ~/src/shop --framework ~/src/BrokerFramework
            """)

    @Argument(help: "Its name: lower-case letters, digits and hyphens.")
    var name: String
    @OptionGroup var options: NewPackageOptions

    public init() {}

    public func run() async throws {
        let name = try PackageTemplate.broker.checked(name)
        try options.write(
            .broker, named: name, what: "the broker '\(name.text)'", kind: "broker",
            next: [
                ("swift test", "builds it, and sits the exams"),
                ("swift run \(name.text)-broker start --data ./data", "README.md says what can be done with it"),
            ])
    }
}
