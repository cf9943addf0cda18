import AgentFiles

/// `match_partition`: matches the rows of one key range.
struct MatchPartition: Sendable {
    struct Arguments: Codable, Sendable {
        var partition: SplitTables.Partition
        /// How far apart two amounts may be and still be equal; 0 when left out.
        var tolerance: Tolerance?
    }

    struct Result: Codable, Sendable, Equatable {
        var index: Int
        var equal: Int
        var differs: Int
        var onlyLeft: Int
        var onlyRight: Int
        /// What pairs that differ are apart, all together.
        var apart: String
        /// The file of outcomes, as `merge_outcomes` reads it.
        var outcomes: String

        enum CodingKeys: String, CodingKey {
            case index, equal, differs, apart, outcomes
            case onlyLeft = "only_left"
            case onlyRight = "only_right"
        }
    }

    /// Matches the range and writes its outcomes.
    func run(_ arguments: Arguments) throws -> Result {
        let partition = arguments.partition
        let match = RangeMatch(
            left: try RowFile.read(partition.left),
            right: try RowFile.read(partition.right),
            order: partition.order,
            tolerance: try arguments.tolerance?.value ?? .zero
        )
        try match.outcomes.flatMap(\.line).writeAtomically(to: partition.outcomes)
        return Result(
            index: partition.index,
            equal: match.counts.equal,
            differs: match.counts.differs,
            onlyLeft: match.counts.onlyLeft,
            onlyRight: match.counts.onlyRight,
            apart: "\(match.apart)",
            outcomes: partition.outcomes
        )
    }
}
