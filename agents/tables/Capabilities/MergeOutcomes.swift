import AgentFiles

/// `merge_outcomes`: puts the outcomes of all key ranges into one table.
struct MergeOutcomes: Sendable {
    struct Arguments: Codable, Sendable {
        var matches: [MatchPartition.Result]
        /// Where `reconciliation.tsv` goes.
        var outputDirectory: String

        enum CodingKeys: String, CodingKey {
            case matches
            case outputDirectory = "output_dir"
        }
    }

    struct Result: Codable, Sendable, Equatable {
        var equal: Int
        var differs: Int
        var onlyLeft: Int
        var onlyRight: Int
        /// What pairs that differ are apart, all together.
        var apart: String
        /// The merged table, with a header row.
        var table: String

        enum CodingKeys: String, CodingKey {
            case equal, differs, apart, table
            case onlyLeft = "only_left"
            case onlyRight = "only_right"
        }
    }

    /// Writes the merged table, ranges in key order.
    func run(_ arguments: Arguments) throws -> Result {
        let directory = try Directory(creating: arguments.outputDirectory)
        var table = Outcome.header
        var result = Result(
            equal: 0,
            differs: 0,
            onlyLeft: 0,
            onlyRight: 0,
            apart: "",
            table: directory.file("reconciliation.tsv")
        )
        var apart = ExactDecimal.zero
        for match in arguments.matches.sorted(by: { $0.index < $1.index }) {
            table += try [UInt8](contentsOfFile: match.outcomes)
            result.equal += match.equal
            result.differs += match.differs
            result.onlyLeft += match.onlyLeft
            result.onlyRight += match.onlyRight
            guard let difference = ExactDecimal(match.apart.utf8) else {
                throw TableError("match \(match.index): apart is no amount: \"\(match.apart)\"")
            }
            apart = apart + difference
        }
        result.apart = apart.description
        try table.writeAtomically(to: result.table)
        return result
    }
}
