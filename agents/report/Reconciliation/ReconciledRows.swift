import AgentFiles

/// The rows of the merged table that are not equal, and what they say together.
struct ReconciledRows: Sendable {
    /// One row of the merged table.
    struct Row: Sendable, Equatable {
        var outcome: String
        var key: String
        var leftLine: String
        var leftAmount: String
        var rightLine: String
        var rightAmount: String
        var difference: String
    }

    /// A line of the table that cannot be read.
    struct UnreadableLine: InvalidInput {
        var file: String
        var line: Int
        var description: String {
            "\(file):\(line): expected 7 fields separated by tabs; merge the outcomes again"
        }
    }

    /// Rows that are not equal, in the order of the table.
    private(set) var rows: [Row] = []
    /// How many pairs are apart by 10^n or more and less than 10^(n + 1), by n.
    private(set) var magnitudes: [Int: Int] = [:]

    /// Reads the merged table.
    ///
    /// - Throws: `FileError`, or `UnreadableLine` for the first line that is not as it should be.
    init(file: String) throws {
        let content = try [UInt8](contentsOfFile: file)
        let lines = content.split(separator: UInt8(ascii: "\n"))
        for (index, line) in lines.enumerated().dropFirst() {
            let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard fields.count == 7 else { throw UnreadableLine(file: file, line: index + 1) }
            guard fields[0] != "equal" else { continue }
            let row = Row(
                outcome: fields[0],
                key: fields[1],
                leftLine: fields[2],
                leftAmount: fields[3],
                rightLine: fields[4],
                rightAmount: fields[5],
                difference: fields[6]
            )
            rows.append(row)
            if row.outcome == "differs" {
                magnitudes[Self.magnitude(of: row.difference), default: 0] += 1
            }
        }
    }

    /// The place of the first digit that is not 0: 0 for units, -2 for hundredths.
    private static func magnitude(of amount: String) -> Int {
        let parts = amount.split(separator: ".")
        let whole = parts.first.map { $0.drop { $0 == "-" || $0 == "0" } } ?? ""
        guard whole.isEmpty else { return whole.count - 1 }
        return -1 - (parts.dropFirst().first?.prefix { $0 == "0" }.count ?? 0)
    }
}
