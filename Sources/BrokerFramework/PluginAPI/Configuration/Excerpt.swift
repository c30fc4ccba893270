extension StringProtocol {
    /// The text as it may stand in a message: what a client sent can be as long as a frame, and a message must not be.
    ///
    /// At most 100 Unicode scalars, an ellipsis for the rest.
    package var excerpt: String {
        let limit = 100
        // Not characters: one of them can be of any length.
        guard let end = unicodeScalars.index(startIndex, offsetBy: limit, limitedBy: endIndex), end < endIndex else {
            return String(self)
        }
        return String(self[..<end]) + "…"
    }
}
