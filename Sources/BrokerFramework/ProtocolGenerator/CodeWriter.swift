/// Collects lines of code with their indentation.
struct CodeWriter {
    private(set) var text = ""
    private var depth = 0

    mutating func line(_ code: String = "") {
        if !code.isEmpty {
            text += String(repeating: "    ", count: depth)
            text += code
        }
        text += "\n"
    }

    /// Writes `head {`, what `body` writes, and `}`.
    mutating func block(_ head: String, _ body: (inout CodeWriter) -> Void) {
        line(head + " {")
        depth += 1
        body(&self)
        depth -= 1
        line("}")
    }

    /// Moves what `body` writes one step in.
    mutating func indented(_ body: (inout CodeWriter) -> Void) {
        depth += 1
        body(&self)
        depth -= 1
    }

    /// `head {` … `} else {` … `}`.
    mutating func choice(_ head: String, _ body: (inout CodeWriter) -> Void, otherwise: (inout CodeWriter) -> Void) {
        line(head + " {")
        indented(body)
        line("} else {")
        indented(otherwise)
        line("}")
    }
}
