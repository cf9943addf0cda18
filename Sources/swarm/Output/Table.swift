/// Rows under a heading, in columns as wide as they need to be.
struct Table {
    /// One cell: its text and its colour.
    struct Cell {
        var text: String
        var colour: Style.Colour?

        init(_ text: String, _ colour: Style.Colour? = nil) {
            self.text = text
            self.colour = colour
        }
    }

    let heading: [String]
    private(set) var rows: [[Cell]] = []

    init(_ heading: [String]) { self.heading = heading }

    /// Adds a row of as many cells as there are columns.
    mutating func add(_ cells: [Cell]) { rows.append(cells) }

    /// The table as lines, without spaces at their ends.
    func lines(_ style: Style) -> [String] {
        let all = [heading.map { Cell($0, .dim) }] + rows
        let widths = heading.indices.map { column in all.map { $0[column].text.count }.max() ?? 0 }
        return all.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += style(cell.text, cell.colour)
                guard column + 1 < row.count else { break }
                line += String(repeating: " ", count: widths[column] - cell.text.count + 2)
            }
            return line
        }
    }
}
