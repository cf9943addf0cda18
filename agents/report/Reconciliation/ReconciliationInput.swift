import FoundationEssentials

/// What the report on two reconciled tables is made from.
struct ReconciliationInput: Codable, Sendable {
    /// What was read of one table.
    struct Side: Codable, Sendable {
        var path: String
        /// Data rows in the file.
        var read: Int
        /// Rows the filter kept.
        var rows: Int
        /// Amounts of the kept rows together.
        var total: String
    }

    /// Counts, and the table with every outcome.
    struct Merged: Codable, Sendable {
        var equal: Int
        var differs: Int
        var onlyLeft: Int
        var onlyRight: Int
        var apart: String
        var table: String

        enum CodingKeys: String, CodingKey {
            case equal, differs, apart, table
            case onlyLeft = "only_left"
            case onlyRight = "only_right"
        }
    }

    /// A number or text; only shown, so whichever it is.
    struct Tolerance: Codable, Sendable {
        var text: String

        init(text: String) {
            self.text = text
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let string = try? container.decode(String.self) {
                text = string
            } else {
                text = try container.decode(Decimal.self).description
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(text)
        }
    }

    var left: Side
    var right: Side
    var merged: Merged
    var tolerance: Tolerance
    var outputDirectory: String

    enum CodingKeys: String, CodingKey {
        case left, right, merged, tolerance
        case outputDirectory = "output_dir"
    }
}
