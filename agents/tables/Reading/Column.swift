/// Which column is meant: by the name in the header row, or by position, the first being 1.
enum Column: Hashable, Sendable {
    case name(String)
    case position(Int)
}

extension Column: Codable {
    /// A number is a position; so is text of digits only, as a command line cannot tell them apart.
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let position = try? container.decode(Int.self) {
            self = .position(position)
            return
        }
        let text = try container.decode(String.self)
        self = Int(text).map { .position($0) } ?? .name(text)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .name(let name): try container.encode(name)
        case .position(let position): try container.encode(position)
        }
    }
}

/// Keeps only rows whose column holds exactly this text.
struct RowFilter: Hashable, Sendable, Codable {
    var column: Column
    var equals: String
}

/// One of the two tables to compare: where it is and what in it counts.
struct TableSource: Hashable, Sendable, Codable {
    var path: String
    var key: Column
    var amount: Column
    /// Rows to keep; all when left out.
    var filter: RowFilter?
    /// Whether the first row names the columns; found out when left out.
    var header: Bool?
    /// `tab`, `comma`, `semicolon` or `bar`; found out when left out.
    var delimiter: String?
    /// What stands between whole and fraction of an amount: `.` (when left out) or `,`.
    var decimal: String?
}
