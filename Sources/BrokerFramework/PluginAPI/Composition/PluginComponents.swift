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

    public init<P: Partitioner & Plugin>(_ plugin: P.Type, as name: String? = nil) {
        self.init(.plugin(plugin, as: name))
    }
    public init<P: CleanupPolicy & Plugin>(_ plugin: P.Type, as name: String? = nil) {
        self.init(.plugin(plugin, as: name))
    }
    public init<P: CompressionCodec & Plugin>(_ plugin: P.Type, as name: String? = nil) {
        self.init(.plugin(plugin, as: name))
    }
    public init<P: Authorizer & Plugin>(_ plugin: P.Type, as name: String? = nil) {
        self.init(.plugin(plugin, as: name))
    }
    public init<P: StorageProvider & Plugin>(_ plugin: P.Type, as name: String? = nil) {
        self.init(.plugin(plugin, as: name))
    }
}

/// Puts one plug-in in the place, and under the name, of another: configurations that ask for the old one get the new.
public struct Replace: PluginComponent {
    public let edits: [PluginEdit]

    public init<Old: Partitioner & Plugin, New: Partitioner & Plugin>(_ old: Old.Type, with new: New.Type) {
        edits = [.replace(.partitioner, name: Old.name, with: .plugin(new, as: Old.name))]
    }
    public init<Old: CleanupPolicy & Plugin, New: CleanupPolicy & Plugin>(_ old: Old.Type, with new: New.Type) {
        edits = [.replace(.cleanupPolicy, name: Old.name, with: .plugin(new, as: Old.name))]
    }
    public init<Old: CompressionCodec & Plugin, New: CompressionCodec & Plugin>(_ old: Old.Type, with new: New.Type) {
        edits = [.replace(.codec, name: Old.name, with: .plugin(new, as: Old.name))]
    }
    public init<Old: Authorizer & Plugin, New: Authorizer & Plugin>(_ old: Old.Type, with new: New.Type) {
        edits = [.replace(.authorizer, name: Old.name, with: .plugin(new, as: Old.name))]
    }
    public init<Old: StorageProvider & Plugin, New: StorageProvider & Plugin>(_ old: Old.Type, with new: New.Type) {
        edits = [.replace(.storage, name: Old.name, with: .plugin(new, as: Old.name))]
    }
}

/// Takes a plug-in out again that a group has brought.
public struct Remove: PluginComponent {
    public let edits: [PluginEdit]

    public init(_ kind: PluginKind, _ name: String) { edits = [.remove(kind, name: name)] }
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
