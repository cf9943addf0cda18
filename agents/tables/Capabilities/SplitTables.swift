import AgentFiles

/// `split_tables`: reads two tables and cuts their rows into key ranges, a file for each side.
struct SplitTables: Sendable {
    struct Arguments: Codable, Sendable {
        var left: TableSource
        var right: TableSource
        /// The most ranges to cut into; 8 when left out.
        var partitions: Int?
        /// Where the files of rows go, in a directory of their own.
        var workDirectory: String

        enum CodingKeys: String, CodingKey {
            case left, right, partitions
            case workDirectory = "work_dir"
        }
    }

    /// One key range, as `match_partition` takes it.
    struct Partition: Codable, Sendable, Equatable {
        var index: Int
        var order: KeyOrder
        var firstKey: String
        var lastKey: String
        var leftRows: Int
        var rightRows: Int
        /// Files of rows, and the file the outcomes go to.
        var left: String
        var right: String
        var outcomes: String

        enum CodingKeys: String, CodingKey {
            case index, order, left, right, outcomes
            case firstKey = "first_key"
            case lastKey = "last_key"
            case leftRows = "left_rows"
            case rightRows = "right_rows"
        }
    }

    /// What was read of one table.
    struct Side: Codable, Sendable, Equatable {
        var path: String
        /// Data rows in the file.
        var read: Int
        /// Rows the filter kept.
        var rows: Int
        /// Amounts of the kept rows together.
        var total: String
        var header: Bool
        var delimiter: String
    }

    struct Result: Codable, Sendable {
        var left: Side
        var right: Side
        var partitions: [Partition]
    }

    /// Directories of rows that earlier runs left behind are removed after this many seconds.
    private static let staleAfter = 24 * 60 * 60
    private static let prefix = "ranges-"

    /// Reads, cuts and writes.
    func run(_ arguments: Arguments) throws -> Result {
        let count = arguments.partitions ?? 8
        guard (1...1000).contains(count) else {
            throw TableError("partitions must be from 1 to 1000, not \(count)")
        }
        let left = try TableRows(arguments.left)
        let right = try TableRows(arguments.right)
        let cut = KeyRanges(left: left.rows, right: right.rows, count: count)
        let parent = try Directory(creating: arguments.workDirectory)
        parent.removeStale(prefix: Self.prefix, olderThan: Self.staleAfter)
        let directory = try parent.makeUnique(prefix: Self.prefix)
        var partitions: [Partition] = []
        for (index, range) in cut.ranges.enumerated() {
            let partition = Partition(
                index: index,
                order: cut.order,
                firstKey: range.firstKey,
                lastKey: range.lastKey,
                leftRows: range.left.count,
                rightRows: range.right.count,
                left: directory.file("\(index).left.tsv"),
                right: directory.file("\(index).right.tsv"),
                outcomes: directory.file("\(index).outcomes.tsv")
            )
            try RowFile.write(range.left, to: partition.left)
            try RowFile.write(range.right, to: partition.right)
            partitions.append(partition)
        }
        return Result(
            left: side(left, arguments.left),
            right: side(right, arguments.right),
            partitions: partitions
        )
    }

    private func side(_ rows: TableRows, _ source: TableSource) -> Side {
        Side(
            path: source.path,
            read: rows.read,
            rows: rows.rows.count,
            total: "\(rows.total)",
            header: rows.hasHeader,
            delimiter: rows.delimiter
        )
    }
}
