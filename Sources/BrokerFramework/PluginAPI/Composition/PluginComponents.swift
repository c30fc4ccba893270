/// A part of a broker's composition.
public protocol PluginComponent: Sendable {
    /// What it does to the list of plug-ins, in order.
    var edits: [PluginEdit] { get }
}

/// A change to the list of plug-ins.
public enum PluginEdit: Sendable {
    case add(PluginRegistration)
    /// Puts another in the place, and under the name, of the one with that name.
    case replace(PluginKind, name: String, with: PluginRegistration)
    case remove(PluginKind, name: String)
}

/// Adds a plug-in.
///
/// ```swift
/// Use(VIPRouter.self)
/// Use(VIPRouter.self, as: "gold")
/// Use(.partitioner("by-length") { record in (record.value?.readableBytes ?? 0) > 1_000 ? 1 : 0 })
/// ```
public struct Use: PluginComponent {
    public let edits: [PluginEdit]

    /// One that was described by hand or made of a closure.
    public init(_ registration: PluginRegistration) { edits = [.add(registration)] }

    /// - Parameter name: nil for the plug-in's own.
    public init<P: Plugin>(_ plugin: P.Type, as name: String? = nil) {
        self.init(PluginRegistration(plugin, as: name))
    }
}

/// Puts one plug-in in the place, and under the name, of another: configurations that ask for the old one get the new.
public struct Replace: PluginComponent {
    public let edits: [PluginEdit]

    /// Both must be of one kind; when the broker is assembled, anything else is an error that names both.
    public init<Old: Plugin, New: Plugin>(_ old: Old.Type, with new: New.Type) {
        edits = [.replace(Old.kind, name: Old.name, with: PluginRegistration(new, as: Old.name))]
    }
}

/// Takes a plug-in out again that a group has brought.
public struct Remove: PluginComponent {
    public let edits: [PluginEdit]

    public init(_ kind: PluginKind, _ name: String) { edits = [.remove(kind, name: name)] }

    /// - Parameter name: nil for the plug-in's own.
    public init<P: Plugin>(_ plugin: P.Type, as name: String? = nil) {
        self.init(P.kind, name ?? P.name)
    }
}

/// Several components under one name, so that they can be used as one.
public struct PluginGroup: PluginComponent {
    public let edits: [PluginEdit]

    public init(@PluginBuilder _ components: () -> [any PluginComponent]) {
        edits = components().flatMap(\.edits)
    }
}

/// Gathers components written one below the other, with `if`, `for` and groups; order is the order written.
@resultBuilder
public enum PluginBuilder {
    public static func buildExpression(_ component: some PluginComponent) -> [any PluginComponent] { [component] }
    public static func buildBlock(_ components: [any PluginComponent]...) -> [any PluginComponent] {
        components.flatMap { $0 }
    }
    public static func buildOptional(_ components: [any PluginComponent]?) -> [any PluginComponent] { components ?? [] }
    public static func buildEither(first components: [any PluginComponent]) -> [any PluginComponent] { components }
    public static func buildEither(second components: [any PluginComponent]) -> [any PluginComponent] { components }
    public static func buildArray(_ components: [[any PluginComponent]]) -> [any PluginComponent] {
        components.flatMap { $0 }
    }
}
