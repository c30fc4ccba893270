/// Opens storage backends: the plug-in behind the word that a log directory or a topic chooses its storage by.
///
/// A broker opens its own log directory with it when it starts, or, where a topic has set `storage` to its name, a
/// directory of its own inside the log directory when the first such topic is used.
public protocol StorageProvider: Sendable {
    /// Opens the backend that stands at `directory`: a path as the user wrote it in `log.dirs`, or one below that.
    /// Nothing need be there yet, and nobody else opens it meanwhile. May block; may be called from any thread.
    func open(_ directory: String) throws(StorageError) -> any StorageBackend

    /// Whether what was written is there again when the directory is opened by another process. True unless the
    /// provider says otherwise; topics in one that forgets begin empty at every start of the broker.
    var isPersistent: Bool { get }
}

extension StorageProvider {
    public var isPersistent: Bool { true }
}

extension Plugin where Self: StorageProvider {
    public static var kind: PluginKind { .storage }
}
