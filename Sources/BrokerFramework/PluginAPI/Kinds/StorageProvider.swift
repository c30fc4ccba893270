/// Opens storage backends: the plug-in behind the word that a log directory or a topic chooses its storage by.
public protocol StorageProvider: Sendable {
    /// Opens the backend that stands at `directory`, a path as the user wrote it in `log.dirs`.
    func open(_ directory: String) throws(StorageError) -> any StorageBackend
}

extension Plugin where Self: StorageProvider {
    public static var kind: PluginKind { .storage }
}
