/// Columns of text, as wide as they must be.
struct TextTable {
    private var rows: [[String]]

    init(_ header: [String]) { rows = [header] }

    /// Nil stands as a dash.
    mutating func append(_ row: [String?]) { rows.append(row.map { $0 ?? "-" }) }

    /// The table on standard output, each line behind `indent` blanks.
    func write(to out: inout Output, indent: Int = 0) {
        for (index, line) in lines.enumerated() {
            out.line(String(repeating: " ", count: indent) + (index == 0 ? Style.heading(line) : line))
        }
    }

    /// The rows, one per line, without blanks at the end.
    var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 {
                    line += String(repeating: " ", count: widths[column] - cell.count + 2)
                }
            }
            return line
        }
    }
}
