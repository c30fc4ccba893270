/// The plug-ins of a broker, in the order in which they were written.
public struct PluginSet: Sendable {
    public private(set) var registrations: [PluginRegistration] = []

    /// No plug-ins.
    public static let none = PluginSet()

    private init() {}

    /// - Throws: `PluginSetError` that says what is twice, missing or misnamed.
    public init(@PluginBuilder _ components: () -> [any PluginComponent]) throws(PluginSetError) {
        try self.init(edits: components().flatMap(\.edits))
    }

    /// - Throws: `PluginSetError` that says what is twice, missing or misnamed.
    public init(edits: [PluginEdit]) throws(PluginSetError) {
        for edit in edits {
            switch edit {
            case .add(let registration): try add(registration)
            case .replace(let kind, let name, let registration):
                try replace(kind, name, with: registration)
            case .remove(let kind, let name): registrations.remove(at: try position(of: kind, name, toBe: "removed"))
            }
        }
    }

    private mutating func add(_ registration: PluginRegistration) throws(PluginSetError) {
        try check(registration)
        if let earlier = self[registration.kind, registration.name] {
            throw PluginSetError(
                message:
                    "Two \(registration.kind.words) plug-ins are named '\(registration.name)': \(earlier.typeName) "
                    + "and \(registration.typeName). Give one another name with Use(…, as:), or write Replace(…).")
        }
        registrations.append(registration)
    }

    private mutating func replace(
        _ kind: PluginKind, _ name: String, with registration: PluginRegistration
    ) throws(PluginSetError) {
        let position = try position(of: kind, name, toBe: "replaced")
        guard registration.kind == kind else {
            throw PluginSetError(
                message: "\(registration.typeName) is a \(registration.kind.words) and cannot take the place of "
                    + "\(registrations[position].typeName), a \(kind.words).")
        }
        try check(registration)
        registrations[position] = registration
    }

    private func check(_ registration: PluginRegistration) throws(PluginSetError) {
        if let problem = registration.nameProblem ?? registration.optionProblem {
            throw PluginSetError(message: problem)
        }
    }

    private func position(of kind: PluginKind, _ name: String, toBe what: String) throws(PluginSetError) -> Int {
        guard let position = registrations.firstIndex(where: { $0.kind == kind && $0.name == name }) else {
            throw PluginSetError(
                message: "There is no \(kind.words) named '\(name)' to be \(what). " + advice(kind, name))
        }
        return position
    }

    /// The plug-ins of a kind.
    public func all(_ kind: PluginKind) -> [PluginRegistration] { registrations.filter { $0.kind == kind } }

    /// The plug-in of that kind and name.
    public subscript(kind: PluginKind, name: String) -> PluginRegistration? {
        registrations.first { $0.kind == kind && $0.name == name }
    }

    /// What to tell a user who asked for one that is not there.
    public func unknown(_ kind: PluginKind, _ name: String) -> String {
        "There is no \(kind.words) '\(name)'. " + advice(kind, name)
    }

    private func advice(_ kind: PluginKind, _ name: String) -> String {
        if let other = registrations.first(where: { $0.name == name }) {
            return "'\(name)' is a \(other.kind.words)."
        }
        let names = all(kind).map(\.name)
        if let near = EditDistance.nearest(to: name, among: names) { return "Did you mean '\(near)'?" }
        return names.isEmpty
            ? "This broker was assembled without any." : "There are: \(names.joined(separator: ", "))."
    }
}

/// Why plug-ins cannot be put together.
public struct PluginSetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence that says what to do.
    public var message: String

    public init(message: String) { self.message = message }

    public var description: String { message }
}
