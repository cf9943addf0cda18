import GRDB

/// Measures what the disk allows: bare SQLite, WAL, synchronous=FULL, one row a commit.
struct CommitBenchmark {
    /// Where the database is made.
    let directory: String

    /// The time of each commit, in milliseconds.
    func run(commits: Int) throws -> Sample {
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        let queue = try DatabaseQueue(
            path: "\(directory)/floor.db",
            configuration: configuration
        )
        defer { try? queue.close() }
        let payload = [UInt8](repeating: UInt8(ascii: "x"), count: 64)
        let times = try queue.writeWithoutTransaction { database -> [Double] in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "CREATE TABLE record (seq INTEGER PRIMARY KEY, body BLOB)")
            let statement = try database.makeStatement(
                sql: "INSERT INTO record (body) VALUES (CAST(? AS BLOB))"
            )
            var times: [Double] = []
            times.reserveCapacity(commits)
            for index in 0..<(commits + commits / 10) {
                let start = ContinuousClock.now
                try statement.execute(arguments: [String(decoding: payload, as: UTF8.self)])
                if index >= commits / 10 {
                    times.append((ContinuousClock.now - start).milliseconds)
                }
            }
            return times
        }
        return Sample(times)
    }
}
